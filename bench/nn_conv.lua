-- Convolution layers of LeNet and of a CIFAR ResNet: ms and Gflop/s of each pass (multiplications and additions of the
-- definition, however it is done), and which way it is done: winograd, direct or product.
--   th bench/nn_conv.lua [batch [direct]]     direct: without minimal filtering
require 'nn'
torch.setdefaulttensortype('torch.FloatTensor')
local batch = tonumber(arg and arg[1]) or 64
nn.winograd(arg == nil or arg[2] ~= 'direct')
local shapes = { -- inputs, outputs, kernel, size, stride, padding
   {1, 20, 5, 28, 1, 0}, {20, 50, 5, 12, 1, 0}, {16, 32, 5, 12, 1, 0}, {3, 16, 3, 32, 1, 1}, {16, 16, 3, 32, 1, 1}, {32, 32, 3, 16, 1, 1},
   {64, 64, 3, 8, 1, 1}, {16, 32, 3, 32, 2, 1}, {16, 32, 1, 32, 2, 0}, {64, 64, 1, 16, 1, 0}, {64, 128, 3, 28, 1, 1},
}

-- shortest of several runs, in seconds
local function time(f)
   f()
   local best, total = math.huge, torch.Timer()
   repeat
      local timer = torch.Timer()
      f()
      best = math.min(best, timer:time().real)
   until total:time().real > 0.5
   return best
end

print(string.format('%-24s %20s %20s %20s', 'batch ' .. batch, 'output', 'gradInput', 'gradWeight'))
for _, s in ipairs(shapes) do
   local nin, nout, k, size, d, pad = unpack(s)
   local m = nn.SpatialConvolution(nin, nout, k, k, d, d, pad, pad)
   local x = torch.randn(batch, nin, size, size)
   local y = m:forward(x)
   local g = y:clone()
   local flops = 2 * y:nElement() * nin * k * k
   local row = string.format('%-24s', string.format('%d->%d %dx%d on %d', nin, nout, k, k, size))
   for _, f in ipairs{function() m:updateOutput(x) end, function() m:updateGradInput(x, g) end,
      function() m:accGradParameters(x, g) end} do
      local t = time(f)
      row = row .. string.format(' %9.2f ms %5.0f GF', t * 1e3, flops / t / 1e9)
   end
   print(row .. '   ' .. table.concat({nn.convolutionWays(m, size, size)}, ' '))
end
