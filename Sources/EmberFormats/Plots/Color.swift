/// A colour in sRGB with opacity; all components from 0 to 1.
public struct Color: Sendable, Equatable {
    public var red: Double
    public var green: Double
    public var blue: Double
    public var alpha: Double

    public init(red: Double, green: Double, blue: Double, alpha: Double = 1) {
        self.red = red
        self.green = green
        self.blue = blue
        self.alpha = alpha
    }

    /// A colour written as in HTML: `Color(0x0072B2)`.
    public init(_ hexadecimal: UInt32, alpha: Double = 1) {
        func component(_ shift: UInt32) -> Double { Double(hexadecimal >> shift & 0xFF) / 255 }
        self.init(red: component(16), green: component(8), blue: component(0), alpha: alpha)
    }

    public func withAlpha(_ alpha: Double) -> Color { Color(red: red, green: green, blue: blue, alpha: alpha) }

    /// The colour at `fraction` of the way to another one.
    public func mixed(with other: Color, _ fraction: Double) -> Color {
        func mix(_ a: Double, _ b: Double) -> Double { a + (b - a) * fraction }
        return Color(
            red: mix(red, other.red), green: mix(green, other.green), blue: mix(blue, other.blue),
            alpha: mix(alpha, other.alpha))
    }

    /// Relative luminance with Rec. 709's weights; sRGB's transfer curve is approximated by a cubic.
    var luminance: Double {
        func linear(_ value: Double) -> Double { value * value * (0.8 + 0.2 * value) }
        return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }

    public static let white = Color(0xFFFFFF)
    public static let black = Color(0x000000)
    /// For text.
    public static let ink = Color(0x222B36)
    /// For axes, ticks, and text of second rank.
    public static let mutedInk = Color(0x5B6673)
    public static let gridLine = Color(0xE3E7EC)

    /// Eight colours that stay apart for people with any form of colour blindness (Okabe and Ito 2008, "Color universal
    /// design"; its yellow is left out because it is hard to see on white).
    public static let series: [Color] = [
        Color(0x0072B2), Color(0xD55E00), Color(0x009E73), Color(0xCC79A7), Color(0xE69F00), Color(0x56B4E9),
        Color(0x6A4C93), Color(0x4D4D4D),
    ]
}

/// Colours for numbers: evenly spaced stops with linear interpolation between them.
public struct ColorScale: Sendable, Equatable {
    public let stops: [Color]

    public init(stops: [Color]) {
        precondition(stops.count >= 2, "a colour scale needs at least two stops")
        self.stops = stops
    }

    /// The colour for a fraction from 0 to 1; values outside are clamped, NaN is grey.
    public func callAsFunction(_ fraction: Double) -> Color {
        guard !fraction.isNaN else { return Color(0xBBBBBB) }
        let position = max(0, min(1, fraction)) * Double(stops.count - 1)
        let index = min(Int(position), stops.count - 2)
        return stops[index].mixed(with: stops[index + 1], position - Double(index))
    }

    /// White to deep blue, for counts.
    public static let blues = ColorScale(stops: [
        Color(0xF7FAFD), Color(0xD9E8F5), Color(0xB0D2EA), Color(0x75B3DC), Color(0x3F8FC6), Color(0x1767A9), Color(0x0A3F7A),
    ])
    /// Dark violet over teal to yellow, lightness rising evenly: for values without a middle.
    public static let viridis = ColorScale(stops: [
        Color(0x440154), Color(0x472D7B), Color(0x3B528B), Color(0x2C728E), Color(0x21918C), Color(0x28AE80), Color(0x5EC962),
        Color(0xADDC30), Color(0xFDE725),
    ])
    /// Blue over white to vermilion: for values on both sides of a middle.
    public static let diverging = ColorScale(stops: [
        Color(0x08427A), Color(0x2F7EBC), Color(0x8FC1E3), Color(0xF7F7F7), Color(0xF3B48C), Color(0xD5692A), Color(0x8B3103),
    ])
    public static let grey = ColorScale(stops: [.black, .white])
}
