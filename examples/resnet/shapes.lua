--- Pictures to learn from where CIFAR is not at hand: ten kinds of coloured shapes on coloured ground.
--
--    images, labels = shapes.draw(n)      -- [n x 3 x 32 x 32] bytes, [n] numbers from 1 to 10
local SIZE = 32
local shapes = {}

shapes.classes = {'disc', 'ring', 'square', 'frame', 'plus', 'cross', 'triangle', 'bars', 'columns', 'checks'}

local row = torch.range(1, SIZE):float():view(SIZE, 1):expand(SIZE, SIZE)
local column = torch.range(1, SIZE):float():view(1, SIZE):expand(SIZE, SIZE)

-- Whether a pixel belongs to the shape, for pixels x, y from its middle and a shape that reaches to r.
local function disc(x, y, r) return (torch.cmul(x, x) + torch.cmul(y, y)):le(r * r) end
local function square(x, y, r) return torch.cmax(torch.abs(x), torch.abs(y)):le(r) end
local function plus(x, y, r) return torch.cmin(torch.abs(x), torch.abs(y)):le(r / 4):cmul(square(x, y, r)) end
local function stripes(x, r) return torch.remainder(x, r / 2):lt(r / 4) end
local inside = {
   disc, function(x, y, r) return disc(x, y, r) - disc(x, y, 0.6 * r) end,
   square, function(x, y, r) return square(x, y, r) - square(x, y, 0.6 * r) end,
   plus, function(x, y, r) return plus((x + y) / 2, (x - y) / 2, 0.7 * r) end,
   function(x, y, r) return (torch.abs(x) * 2 - y):le(r):cmul(y:le(r)) end,
   function(x, y, r) return stripes(y, r):cmul(square(x, y, r)) end,
   function(x, y, r) return stripes(x, r):cmul(square(x, y, r)) end,
   function(x, y, r) return stripes(x, r):eq(stripes(y, r)):cmul(square(x, y, r)) end,
}

local function draw(image, label)
   local r = torch.uniform(8, 13)
   local x, y = column - torch.uniform(r + 1, SIZE - r), row - torch.uniform(r + 1, SIZE - r)
   local mask = inside[label](x, y, r)
   local ground, ink = torch.rand(3):mul(120), torch.rand(3):mul(120):add(120)
   for c = 1, 3 do
      local plane = torch.FloatTensor(SIZE, SIZE):normal(0, 12):add(ground[c])
      image[c]:copy(plane:add(ink[c], mask:float()):clamp(0, 255))
   end
end

function shapes.draw(n)
   local images, labels = torch.ByteTensor(n, 3, SIZE, SIZE), torch.LongTensor(n)
   for i = 1, n do
      labels[i] = (i - 1) % #inside + 1
      draw(images[i], labels[i])
   end
   return images, labels
end

return shapes
