// Ends with a wrong call, for the test that reads what it says.
import Ember

let rows = Tensor.ones([2, 3])
let columns = Tensor.ones([4])
print(rows + columns)
