--- Every example under failing allocations: the first, the second, ... until it succeeds. Each failure is
-- an ordinary error and leaves no object behind.
-- labels: mem
require 'torch'
local here = arg[0]:match('^(.*)/') or '.'
local check, T = dofile(here .. '/check.lua'), dofile(here .. '/optest.lua')

local MOST = 60 -- allocations that one example may make
local function walk(name, f)
   f() -- what is made once and kept is made now
   local before, worst = T.objects(), 0
   for n = 1, MOST do
      torch.failallocation(n)
      local ok, err = pcall(f)
      torch.failallocation(0)
      if ok then
         check.ok(true, name)
         check.ok(worst <= before, string.format('%s: %d objects after failures, %d before', name, worst, before))
         return
      end
      if not tostring(err):find('memory') then
         return check.ok(false, string.format('%s: allocation %d fails with %s', name, n, T.why(err)))
      end
      err = nil
      worst = math.max(worst, T.objects())
   end
   check.ok(false, name .. ': fails after ' .. MOST .. ' allocations')
end

for _, row in ipairs(T.cases) do
   if row.example and not T.unsafe[row.name] then
      local f = T.example(row)
      if pcall(f) then walk(row.name, f) end
   end
end

if T.package then check.finish() end -- what follows is torch's own

-- Layouts that need temporaries: each operand transposed, the result given and too small.
local x = torch.Tensor(3, 4):fill(1):t()
local y = torch.Tensor(12):fill(2)
walk('add of a transposed and a flat tensor', function() return torch.add(torch.Tensor(), x, y) end)
walk('add that overlaps its result', function()
   local z = torch.Tensor(5):fill(1)
   return torch.add(z:narrow(1, 2, 4), z:narrow(1, 1, 4), 1)
end)
walk('sum of a transposed tensor', function() return torch.sum(x, 1) end)
walk('copy between types', function() return torch.IntTensor(4, 3):copy(x) end)
walk('indexing', function() return x[{{1, 2}, 3}], x[2], x[{}] end)
walk('printing', function() return tostring(x) end)
walk('conversion', function() return x:float():long():half() end)
walk('repeatTensor', function() return x:repeatTensor(2, 2) end)
walk('apply', function() return x:apply(function(v) return v end) end)

-- workspaces of convolutions, by each way
require 'nn'
local image = torch.FloatTensor(2, 16, 9, 9):fill(1)
for _, m in ipairs{nn.SpatialConvolution(16, 16, 3, 3, 1, 1, 1, 1), nn.SpatialConvolution(16, 16, 3, 3, 2, 2, 1, 1),
   nn.SpatialConvolution(16, 16, 2, 2), nn.SpatialConvolution(16, 2, 3, 3, 2, 2)} do
   m:float()
   local g = m:forward(image):clone()
   walk(tostring(m), function()
      m:forward(image)
      return m:backward(image, g)
   end)
end

check.finish()
