local fused = require 'optim.fused'

--- optim.lion(opfunc, x [, config, state]) -> x, {f(x)}: a step of Lion (Chen and others, 2023): steps of one size, in the direction of the sign of a running mean of the gradient.
-- x may be a list of tensors; opfunc then returns the loss as a recorded tensor, or a list of gradients behind it.
--
-- config: learningRate (1e-4), beta1 (0.9), beta2 (0.99), weightDecay (0; beside the gradient's step, as in AdamW)
-- state: m
--
--    x = (1 - learningRate weightDecay) x - learningRate sign(beta1 m + (1 - beta1) g),   m = beta2 m + (1 - beta2) g
local function lion(opfunc, x, config, state)
   config = config or {}
   state = state or config
   local beta1, beta2, rate = config.beta1 or 0.9, config.beta2 or 0.99, config.learningRate or 1e-4
   local shrink = 1 - rate * (config.weightDecay or 0)
   local fx, g = opfunc(x)
   state.m = state.m or x.new():resizeAs(g):zero()
   local m = state.m
   if fused.fits(x, g, m) then
      fused.lion(x, g, m, rate, beta1, beta2, shrink)
      return x, {fx}
   end
   local u = torch.mul(m, beta1):add(1 - beta1, g)
   x:mul(shrink):add(-rate, u:sign())
   m:mul(beta2):add(1 - beta2, g)
   return x, {fx}
end

return lion
