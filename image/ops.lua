-- The kernels of the package image. The result r comes first, is resized, may have any strides, and may share memory
-- with what is read. An image is a tensor [channels x height x width] or [height x width], of type Byte (0 to 255), Float
-- or Double (0 to 1). Values are computed in float (Byte, Float) or double; Bytes are rounded and cut off at 0 and 255.
local function mode() return choice{"mode", "simple", "bilinear", "bicubic", "lanczos"} end

kernel "scale" {doc = [[
      src brought to height x width. simple takes the pixel at the same fraction of the way. bilinear enlarges with
      corners on corners and shrinks by the mean over the area of a pixel, bicubic puts corners on corners and draws
      Catmull-Rom splines through the pixels; both go along rows, then along columns.]],
   out"r", tensor"src", long"height", long"width", mode()}

kernel "rotate" {doc = [[
      src turned by theta radians about its centre, counterclockwise as seen, in an image of the same size; what comes
      from more than half a pixel outside is 0. simple or bilinear.]],
   out"r", tensor"src", number"theta", mode()}

kernel "polar" {doc = [[
      Row j of height and column i of width show src at angle a = 2 pi j / height and distance d from its centre, that
      is at y = d cos a + src_height / 2, x = -d sin a + src_width / 2. d = R i / width, or, when logarithmic,
      exp(log(R) i / width). R reaches to the corners when full, else to the nearest edge.]],
   out"r", tensor"src", long"height", long"width", flag"logarithmic", flag"full", mode()}

kernel "warp" {doc = [[
      Pixel (y, x) is src at (field[0][y][x], field[1][y][x]), to which (y, x) is added when offset. field is
      [2 x height x width], Float or Double, or of another type, which is converted. Positions outside are moved to the
      edge or, when padded, give the value pad. Any mode.]],
   out"r", tensor"src", tensor"field", mode(), flag"offset", flag"padded", number"pad"}

for i, name in ipairs{"rgb2hsl", "hsl2rgb", "rgb2hsv", "hsv2rgb", "rgb2lab", "lab2rgb", "rgb2yuv", "yuv2rgb", "rgb2y", "rgb2nrgb"} do
   kernel(name) {doc = i == 1 and [[
      Conversions of colours, [3 x height x width] to the same, but for rgb2y: to [1 x height x width]. hue, saturation,
      value, lightness and y lie in 0 to 1; L in 0 to 100. Lab is not for Byte.]] or nil,
      out"r", tensor"src"}
end

kernel "colorize" {doc = [=[
      r[c][y][x] = map[label[y][x]][c]; labels [height x width] count from 0, are cut off to whole numbers and to the
      rows of map [n x channels], whose type is that of r.]=],
   out"r", tensor"label", tensor"map"}

kernel "flip" {doc = "The elements of src in reverse order along a dimension; every element type.",
   out"r", tensor"src", dim"d"}
