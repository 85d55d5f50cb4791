--- nn.hessian: second derivatives of linear modules against sums of squared gradients, of functions of elements against
-- squared differences, of nets against the second differences of the loss.
local here = arg[0]:match('^(.*/)') or './'
local check = dofile(here .. 'check.lua')
require 'nn'
torch.setdefaulttensortype('torch.DoubleTensor')
torch.manualSeed(9)
local T, Jacobian = torch.Tensor, nn.Jacobian

do -- before it is enabled nothing is there
   check.eq({nn.Linear(2, 2).updateDiagHessianInput, select('#', nn.Linear(2, 2):parameters())}, {nil, 2}, 'disabled')
   nn.hessian.enable()
   nn.hessian.enable()
   check.eq(select('#', nn.Linear(2, 2):parameters()), 3, 'enabled')
end

for _, case in ipairs{
   {nn.Linear(4, 3), T(5, 4)}, {nn.Linear(4, 3), T(4)}, {nn.Linear(4, 3, false), T(2, 4)}, {nn.SpatialConvolution(2, 3, 3, 2), T(2, 2, 5, 4)},
   {nn.SpatialConvolution(2, 3, 3, 3, 2, 2, 1, 1), T(2, 6, 5)}, {nn.SpatialConvolutionMM(2, 3, 2, 2), T(2, 4, 4)},
   {nn.SpatialDilatedConvolution(1, 2, 2, 2, 1, 1, 1, 1, 2, 2), T(2, 1, 5, 5)},
   {nn.SpatialConvolutionLocal(2, 2, 4, 3, 2, 3), T(2, 3, 4)}, {nn.SpatialFullConvolution(2, 3, 3, 2, 2, 2), T(2, 3, 4)},
   {nn.SpatialConvolutionMap(nn.tables.random(3, 4, 2), 2, 3), T(3, 5, 6)},
   {nn.SpatialFullConvolutionMap(nn.tables.full(2, 3), 3, 2), T(2, 2, 3)}, {nn.TemporalConvolution(3, 2, 2), T(5, 3)},
   {nn.VolumetricConvolution(1, 2, 2, 2, 2), T(1, 3, 3, 3)}, {nn.CMul(1, 4), T(3, 4)}, {nn.Mul(), T(3, 4)}, {nn.Add(4), T(3, 4)},
   {nn.CAdd(3, 1), T(3, 4)}, {nn.View(12), T(3, 4)}, {nn.Reshape(4, 3), T(3, 4)}, {nn.Identity(), T(3)}, {nn.Transpose{1, 2}, T(3, 4)},
   {nn.SpatialMaxPooling(2, 2, 1, 1), T(1, 4, 5)}, {nn.SpatialZeroPadding(1, -1), T(2, 3, 4)}, {nn.Replicate(3), T(4)},
} do
   local m, input = unpack(case)
   local name = tostring(m)
   check.ok(Jacobian.testDiagHessianInput(m, input) < 1e-10, name .. ': input')
   if m.weight then check.ok(Jacobian.testDiagHessianWeight(m, input) < 1e-10, name .. ': weight') end
   if m.bias then check.ok(Jacobian.testDiagHessianBias(m, input) < 1e-10, name .. ': bias') end
   local w, gw = m.weight and m.weight:clone(), m.gradWeight
   m:updateDiagHessianInput(input, m.output)
   m:accDiagHessianParameters(input, m.output)
   check.ok((not w or m.weight:equal(w)) and rawequal(m.gradWeight, gw), name .. ': all is as it was')
end

for _, case in ipairs{{nn.Tanh(), T(3, 4)}, {nn.TanhShrink(), T(4)}, {nn.Square(), T(4)}, {nn.Sqrt(), T(4), .1, 2}, {nn.Sigmoid(), T(4)},
   {nn.ReLU(), T(9)}, {nn.SoftPlus(), T(4)}, {nn.ELU(), T(4)}, {nn.MulConstant(3), T(4)}} do
   local m, input, low, high = unpack(case)
   local h = Jacobian.backwardDiagHessian(m, input:uniform(low or -2, high or 2), 'diagHessianInput'):view(-1)
   local d = Jacobian.forward(m, input)
   for i = 1, h:size(1) do check.ok(math.abs(h[i] - d[i][i] ^ 2) < 1e-6, tostring(m) .. ': its derivative, squared') end
end

do -- a linear net, where the parameters' are exact, by second differences of the loss
   local net = nn.Sequential():add(nn.Linear(9, 8)):add(nn.View(2, 4)):add(nn.View(8)):add(nn.Linear(8, 3))
   local c, x, t = nn.MSECriterion(), torch.randn(9), torch.randn(3)
   net:initDiagHessianParameters()
   local p, g, h = net:getParameters()
   check.ok(h:isSameSizeAs(p) and g:isSameSizeAs(p), 'getParameters: a third')
   h:zero()
   c:forward(net:forward(x), t)
   local from_loss = c:updateDiagHessianInput(net.output, t)
   net:updateDiagHessianInput(x, from_loss)
   net:accDiagHessianParameters(x, from_loss)
   local function loss() return c:forward(net:forward(x), t) end
   local function second(v, i)
      local old, d = v[i], 1e-3
      local middle = loss()
      v[i] = old + d
      local above = loss()
      v[i] = old - d
      local below = loss()
      v[i] = old
      return (above - 2 * middle + below) / (d * d)
   end
   for i = 1, p:size(1) do check.ok(math.abs(second(p, i) - h[i]) < 1e-6, 'parameter ' .. i) end
   local back = torch.pow(net:get(1).weight, 2):t() * (torch.pow(net:get(4).weight, 2):t() * from_loss)
   check.ok((net.diagHessianInput - back):abs():max() < 1e-12, 'the input\'s, without what the layers have in common')
   check.eq(#select(3, net:parameters()), 4, 'parameters: a third list')
   c.sizeAverage = false
   check.eq(c:updateDiagHessianInput(net.output, t)[1], 2, 'MSECriterion: sum')
   check.eq(nn.L1Cost():updateDiagHessianInput(T{1, 2}):sum(), 0, 'L1Cost')
   check.eq(nn.WeightedMSECriterion(T{1, 2}):updateDiagHessianInput(T{1, 2})[2], 1, 'WeightedMSECriterion')
   check.error(function() nn.SoftMax():updateDiagHessianInput(x, x) end, 'nn.SoftMax:updateDiagHessianInput%(%) is undefined', 'others')
   check.error(function() nn.AbsCriterion():updateDiagHessianInput(x, x) end, 'nn.AbsCriterion:updateDiagHessianInput', 'other criterions')
   check.error(function() nn.Sequential(nn.SoftMax()):updateDiagHessianInput(x, x) end, 'In 1 module of nn.Sequential', 'in a net')
   local copy = torch.deserialize(torch.serialize(net))
   check.ok(copy:get(1).diagHessianWeight:equal(net:get(1).diagHessianWeight), 'files')
   local f = net:clone():float()
   f:updateDiagHessianInput(x:float(), f:forward(x:float()):clone():fill(1))
   f:accDiagHessianParameters(x:float(), f.output:clone():fill(1))
   check.eq(torch.typename(f:get(4).diagHessianWeight), 'torch.FloatTensor', 'Float')
end

-- ---- SparseJacobian ----
do
   local S = nn.SparseJacobian
   for _, input in ipairs{T{{2, 1}, {5, 1}, {7, 1}}, {T{{2, 1}, {5, 1}}, T{{1, 1}}}} do
      local m = nn.SparseLinear(7, 3, true)
      check.ok(S.testJacobian(m, input) < 1e-6, 'SparseJacobian: values')
      check.ok(S.testJacobianParameters(m, input, m.weight, m.gradWeight) < 1e-6, 'weight')
      check.ok(S.testJacobianParameters(m, input, m.bias, m.gradBias) < 1e-6, 'bias')
      check.ok(S.testJacobianUpdateParameters(m, input, m.weight) < 1e-6, 'update')
      for name, err in pairs(S.testAllUpdate(m, input, 'weight', 'gradWeight')) do check.ok(err < 1e-10, name) end
      local e1, e2 = S.testIO(m, input)
      check.ok(e1 == 0 and e2 == 0, 'testIO')
      check.eq(S.backward(m, input):size():totable(), {3, torch.isTensor(input) and 3 or 6}, 'its size')
   end
   local wrong = nn.SparseLinear(4, 2, true)
   wrong.updateGradInput = function(self, input, g) return {torch.cat(torch.range(1, 4):view(4, 1), torch.ones(4, 1), 2)} end
   check.ok(S.testJacobian(wrong, T{{1, 1}, {3, 1}}) > 1e-2, 'a wrong gradient shows')
end

do -- L1Cost:clearState, Timers in files
   local c = nn.L1Cost()
   c:forward(T{1, -2})
   c:backward(T{1, -2})
   check.ok(rawequal(c:clearState(), c) and c.gradInput:dim() == 0, 'L1Cost:clearState')
   check.eq({c:forward(T{1, -2}), c:backward(T{1, -2})[2]}, {3, -1}, 'and on')
   local p = nn.Profile(nn.Tanh(), 5, 'x')
   p:forward(T{1})
   local q = torch.deserialize(torch.serialize(p))
   check.captured(function() for _ = 1, 4 do q:forward(T{1}) end end)
   check.ok(q.numFwds == 5 and q.summedFwdTime >= p.summedFwdTime, 'Profile from a file')
   local t = torch.Timer():stop()
   local u = torch.deserialize(torch.serialize(t))
   check.ok(u:time().real == t:time().real and not u.running, 'Timer from a file')
end

check.finish()
