import EmberFormats
import Foundation
import Testing

/// Small PNG and JPEG files written by Pillow (16-bit ones by hand), and their pixels as Pillow reads them.
struct ImageFixture: Sendable, CustomTestStringConvertible {
    let name: String
    let bytes: [UInt8]
    let image: Image

    var testDescription: String { name }

    init(_ name: String, _ width: Int, _ height: Int, _ channels: Int, _ base64: String, _ pixels: [UInt8]) {
        self.name = name
        bytes = [UInt8](Data(base64Encoded: base64, options: .ignoreUnknownCharacters) ?? Data())
        image = Image(width: width, height: height, channels: channels, pixels: pixels)
    }

    var isJPEG: Bool { bytes.starts(with: [0xFF, 0xD8]) }

    static let all = [
        ImageFixture(
            "8-bit grey", 4, 3, 1,
            """
            iVBORw0KGgoAAAANSUhEUgAAAAQAAAADCAAAAACRn/EaAAAAF0lEQVR4nGOMV3YQZzj/mn8xU9CbU/cBJHcGMMEsqBcAAAAASUVORK5C
            YII=
            """,
            [
                95, 130, 194, 217, 207, 235, 15, 163, 33, 215, 217, 130
            ]),
        ImageFixture(
            "grey with alpha", 4, 3, 4,
            """
            iVBORw0KGgoAAAANSUhEUgAAAAQAAAADCAQAAAAe/WZNAAAAJElEQVR4nGP4sVfAdceLs34MK21ruWQ/OAkz8b7a90sucY4kAKZwC3pX
            XcxUAAAAAElFTkSuQmCC
            """,
            [
                248, 248, 248, 189, 16, 16, 16, 69, 184, 184, 184, 232, 205, 205, 205, 78, 169, 169, 169, 61, 125,
                125, 125, 10, 29, 29, 29, 240, 66, 66, 66, 19, 182, 182, 182, 39, 59, 59, 59, 4, 59, 59, 59, 81,
                222, 222, 222, 44
            ]),
        ImageFixture(
            "RGBA", 4, 3, 4,
            """
            iVBORw0KGgoAAAANSUhEUgAAAAQAAAADCAYAAAC09K7GAAAAPklEQVR4nAEzAMz/AXh6MtDWog7WKz1qQwZZQ5cC+QEay/d+QlLm8BbR
            QM3vIQHnASuLBr4rBBopCmBFT6BYKCQUL6Kzuv8AAAAASUVORK5CYII=
            """,
            [
                120, 122, 50, 208, 78, 28, 64, 166, 121, 89, 170, 233, 127, 178, 237, 128, 113, 123, 76, 155, 69,
                154, 130, 248, 95, 73, 192, 186, 191, 127, 220, 161, 231, 1, 43, 139, 237, 191, 86, 143, 7, 232, 96,
                239, 76, 55, 0, 71
            ]),
        ImageFixture(
            "1-bit grey", 4, 3, 1,
            """
            iVBORw0KGgoAAAANSUhEUgAAAAQAAAADAQAAAACcj5NrAAAADklEQVR4nGMoYPjAoAAABSYBgfIk/dIAAAAASUVORK5CYII=
            """,
            [
                0, 255, 255, 255, 255, 255, 255, 255, 0, 0, 255, 0
            ]),
        ImageFixture(
            "16-bit grey", 4, 3, 1,
            """
            iVBORw0KGgoAAAANSUhEUgAAAAQAAAADEAAAAADBDy1ZAAAAJklEQVR4nAEbAOT/AGTm236N5wiZAMPPusrYuSz3ABbb3PkFqIqdzxEP
            HeXAnVkAAAAASUVORK5CYII=
            """,
            [
                101, 219, 141, 9, 195, 186, 216, 45, 23, 220, 6, 138
            ]),
        ImageFixture(
            "16-bit RGB", 4, 3, 3,
            """
            iVBORw0KGgoAAAANSUhEUgAAAAQAAAADEAIAAABrBuXSAAAAVklEQVR4nAFLALT/ABSVTLl7Jmw1ZzoHPwFeH9ECHquuho6lrgBB3p2J
            w5liOHX+/0nOE/sYYSivf/M5poQA1x6wPrQ5Y5DgCiKVlDO4s9hxhn1gG09soRwhFqA44D8AAAAASUVORK5CYII=
            """,
            [
                21, 76, 123, 108, 103, 7, 1, 32, 2, 171, 134, 165, 66, 157, 195, 98, 118, 254, 205, 250, 97, 175,
                242, 166, 214, 176, 180, 99, 223, 34, 148, 184, 216, 134, 96, 79
            ]),
        ImageFixture(
            "palette", 4, 3, 3,
            """
            iVBORw0KGgoAAAANSUhEUgAAAAQAAAADAgMAAADJmkZVAAAADFBMVEUYDUdswbRffEOzBLh++10sAAAADklEQVR4nGOYzcTLpA0AA2sA
            2HoygzMAAAAASUVORK5CYII=
            """,
            [
                95, 124, 67, 108, 193, 180, 95, 124, 67, 179, 4, 184, 95, 124, 67, 95, 124, 67, 95, 124, 67, 24, 13,
                71, 179, 4, 184, 108, 193, 180, 24, 13, 71, 179, 4, 184
            ]),
        ImageFixture(
            "palette with transparency", 4, 3, 4,
            """
            iVBORw0KGgoAAAANSUhEUgAAAAQAAAADAgMAAADJmkZVAAAADFBMVEUYDUdswbRffEOzBLh++10sAAAABHRSTlMAZP//QmsXmQAAAA5J
            REFUeJxjmM3Ey6QNAANrANh6MoMzAAAAAElFTkSuQmCC
            """,
            [
                95, 124, 67, 255, 108, 193, 180, 100, 95, 124, 67, 255, 179, 4, 184, 255, 95, 124, 67, 255, 95, 124,
                67, 255, 95, 124, 67, 255, 24, 13, 71, 0, 179, 4, 184, 255, 108, 193, 180, 100, 24, 13, 71, 0, 179,
                4, 184, 255
            ]),
        ImageFixture(
            "grey JPEG", 8, 8, 1,
            """
            /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAIBAQEBAQIBAQECAgICAgQDAgICAgUEBAMEBgUGBgYFBgYGBwkIBgcJBwYGCAsICQoKCgoK
            BggLDAsKDAkKCgr/wAALCAAIAAgBAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9
            AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZn
            aGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP0
            9fb3+Pn6/9oACAEBAAA/API/+CSX7JP/ACDP+JZ/c/gr/9k=
            """,
            [
                0, 20, 40, 59, 81, 100, 120, 140, 10, 30, 50, 69, 91, 110, 130, 150, 20, 40, 61, 80, 101, 120, 140,
                160, 30, 49, 70, 89, 110, 129, 150, 170, 40, 60, 81, 100, 121, 140, 161, 180, 50, 70, 90, 109, 130,
                149, 170, 190, 60, 80, 100, 119, 141, 160, 180, 200, 70, 90, 110, 129, 151, 170, 190, 210
            ]),
        ImageFixture(
            "JPEG", 8, 8, 3,
            """
            /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAIBAQEBAQIBAQECAgICAgQDAgICAgUEBAMEBgUGBgYFBgYGBwkIBgcJBwYGCAsICQoKCgoK
            BggLDAsKDAkKCgr/2wBDAQICAgICAgUDAwUKBwYHCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoK
            Cgr/wAARCAAIAAgDAREAAhEBAxEB/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQID
            AAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlq
            c3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3
            +Pn6/8QAHwEAAwEBAQEBAQEBAQAAAAAAAAECAwQFBgcICQoL/8QAtREAAgECBAQDBAcFBAQAAQJ3AAECAxEEBSExBhJBUQdhcRMiMoEI
            FEKRobHBCSMzUvAVYnLRChYkNOEl8RcYGRomJygpKjU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6goOEhYaHiImK
            kpOUlZaXmJmaoqOkpaanqKmqsrO0tba3uLm6wsPExcbHyMnK0tPU1dbX2Nna4uPk5ebn6Onq8vP09fb3+Pn6/9oADAMBAAIRAxEAPwCr
            8VfFX+s/eevev5a8NOGfg90+F+i/4X/wPc7dD//Z
            """,
            [
                0, 255, 1, 19, 236, 9, 41, 215, 21, 59, 196, 30, 81, 175, 39, 98, 155, 48, 121, 134, 62, 139, 115,
                67, 11, 244, 5, 31, 226, 12, 52, 204, 25, 71, 185, 35, 90, 164, 43, 110, 145, 53, 131, 125, 65, 151,
                105, 72, 19, 235, 12, 40, 216, 21, 60, 195, 31, 80, 176, 42, 99, 154, 50, 119, 135, 60, 139, 114,
                73, 161, 95, 79, 28, 226, 17, 48, 206, 25, 70, 186, 37, 89, 167, 47, 109, 145, 55, 128, 126, 65,
                149, 105, 78, 170, 86, 84, 40, 214, 20, 62, 195, 28, 82, 174, 39, 102, 155, 51, 121, 133, 57, 141,
                114, 69, 162, 94, 81, 182, 74, 89, 50, 205, 25, 71, 186, 33, 91, 165, 44, 111, 146, 56, 130, 124,
                62, 150, 105, 74, 170, 84, 85, 192, 65, 94, 59, 196, 31, 79, 175, 39, 100, 155, 51, 120, 136, 63,
                139, 115, 69, 158, 96, 81, 180, 75, 92, 199, 56, 100, 71, 185, 37, 90, 166, 44, 112, 145, 56, 130,
                125, 67, 151, 104, 74, 169, 85, 85, 192, 64, 97, 210, 45, 105
            ]),
        ImageFixture(
            "progressive JPEG", 8, 8, 3,
            """
            /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAIBAQEBAQIBAQECAgICAgQDAgICAgUEBAMEBgUGBgYFBgYGBwkIBgcJBwYGCAsICQoKCgoK
            BggLDAsKDAkKCgr/2wBDAQICAgICAgUDAwUKBwYHCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoK
            Cgr/wgARCAAIAAgDAREAAhEBAxEB/8QAFAABAAAAAAAAAAAAAAAAAAAAA//EABUBAQEAAAAAAAAAAAAAAAAAAAUH/9oADAMBAAIQAxAA
            AAEpYF//xAAWEAADAAAAAAAAAAAAAAAAAAAABAX/2gAIAQEAAQUCqtH/xAAYEQACAwAAAAAAAAAAAAAAAAAABgchMv/aAAgBAwEBPwGL
            1fFH/8QAGBEAAgMAAAAAAAAAAAAAAAAAAAUGITH/2gAIAQIBAT8BjSzKP//EABYQAAMAAAAAAAAAAAAAAAAAAAABIf/aAAgBAQAGPwJ0
            /8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPyEn/9oADAMBAAIAAwAAABBf/8QAFhEAAwAAAAAAAAAAAAAAAAAAAEGh/9oACAED
            AQE/EIaP/8QAFBEBAAAAAAAAAAAAAAAAAAAAAP/aAAgBAgEBPxBX/8QAFhAAAwAAAAAAAAAAAAAAAAAAAEGh/9oACAEBAAE/ELDP/9k=
            """,
            [
                0, 255, 1, 19, 236, 9, 41, 215, 21, 59, 196, 30, 81, 175, 39, 98, 155, 48, 121, 134, 62, 139, 115,
                67, 11, 244, 5, 31, 226, 12, 52, 204, 25, 71, 185, 35, 90, 164, 43, 110, 145, 53, 131, 125, 65, 151,
                105, 72, 19, 235, 12, 40, 216, 21, 60, 195, 31, 80, 176, 42, 99, 154, 50, 119, 135, 60, 139, 114,
                73, 161, 95, 79, 28, 226, 17, 48, 206, 25, 70, 186, 37, 89, 167, 47, 109, 145, 55, 128, 126, 65,
                149, 105, 78, 170, 86, 84, 40, 214, 20, 62, 195, 28, 82, 174, 39, 102, 155, 51, 121, 133, 57, 141,
                114, 69, 162, 94, 81, 182, 74, 89, 50, 205, 25, 71, 186, 33, 91, 165, 44, 111, 146, 56, 130, 124,
                62, 150, 105, 74, 170, 84, 85, 192, 65, 94, 59, 196, 31, 79, 175, 39, 100, 155, 51, 120, 136, 63,
                139, 115, 69, 158, 96, 81, 180, 75, 92, 199, 56, 100, 71, 185, 37, 90, 166, 44, 112, 145, 56, 130,
                125, 67, 151, 104, 74, 169, 85, 85, 192, 64, 97, 210, 45, 105
            ]),
        ImageFixture(
            "CMYK JPEG of Adobe's kind", 8, 8, 3,
            """
            /9j/7gAOQWRvYmUAZAAAAAAA/9sAQwACAQEBAQECAQEBAgICAgIEAwICAgIFBAQDBAYFBgYGBQYGBgcJCAYHCQcGBggLCAkKCgoKCgYI
            CwwLCgwJCgoK/8AAFAgACAAIBEMRAE0RAFkRAEsRAP/EAB8AAAEFAQEBAQEBAAAAAAAAAAABAgMEBQYHCAkKC//EALUQAAIBAwMCBAMF
            BQQEAAABfQECAwAEEQUSITFBBhNRYQcicRQygZGhCCNCscEVUtHwJDNicoIJChYXGBkaJSYnKCkqNDU2Nzg5OkNERUZHSElKU1RVVldY
            WVpjZGVmZ2hpanN0dXZ3eHl6g4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2drh4uPk5ebn
            6Onq8fLz9PX29/j5+v/aAA4EQwBNAFkASwAAPwD1j/grb+1t/wAhP/iZ/wB/+OvI/wDgkl+yT/yDP+JZ/c/gr9Kv2tvi3/x9f6V696/Z
            T4t+Lf8AW/vPWv/Z
            """,
            [
                255, 0, 255, 230, 20, 240, 207, 38, 225, 184, 56, 212, 160, 75, 198, 140, 90, 185, 119, 106, 172,
                99, 121, 160, 243, 10, 248, 219, 29, 234, 195, 48, 219, 174, 64, 205, 150, 83, 192, 130, 98, 180,
                109, 114, 166, 90, 128, 154, 230, 20, 240, 207, 38, 226, 183, 57, 211, 161, 74, 198, 139, 91, 185,
                119, 106, 172, 99, 121, 159, 80, 135, 148, 219, 29, 233, 195, 47, 218, 172, 65, 204, 152, 81, 192,
                129, 98, 178, 110, 113, 166, 90, 128, 154, 71, 142, 142, 207, 38, 226, 184, 56, 212, 160, 75, 198,
                140, 91, 186, 118, 107, 172, 100, 121, 161, 80, 136, 148, 62, 148, 136, 195, 48, 219, 173, 65, 206,
                151, 82, 192, 131, 97, 179, 109, 114, 166, 91, 127, 155, 71, 142, 142, 53, 155, 131, 184, 56, 212,
                161, 74, 198, 140, 90, 184, 120, 105, 172, 98, 122, 160, 80, 135, 148, 62, 148, 135, 44, 161, 125,
                173, 65, 205, 151, 82, 192, 130, 98, 179, 110, 113, 166, 89, 129, 154, 71, 142, 143, 53, 155, 131,
                36, 167, 119
            ]),
    ]
}
