local fused = require 'optim.fused'

--- optim.adamw(opfunc, x [, config, state]) -> x, {f(x)}: a step of AdamW (Loshchilov and Hutter, 2017): Adam, with weight decay beside the gradient's step instead of within it.
-- x may be a list of tensors; opfunc then returns the loss as a recorded tensor, or a list of gradients behind it.
--
-- config: learningRate (1e-3), learningRateDecay (0), beta1 (0.9), beta2 (0.999), epsilon (1e-8), weightDecay (0.01)
-- state: t (steps done), m, v
--
--    x = (1 - learningRate weightDecay) x,   m = beta1 m + (1 - beta1) g,   v = beta2 v + (1 - beta2) g^2
--    x = x - learningRate m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon)
local function adamw(opfunc, x, config, state)
   config = config or {}
   state = state or config
   local beta1, beta2, epsilon = config.beta1 or 0.9, config.beta2 or 0.999, config.epsilon or 1e-8
   local fx, g = opfunc(x)
   if not state.m then
      state.t = state.t or 0
      state.m, state.v = x.new():resizeAs(g):zero(), x.new():resizeAs(g):zero()
   end
   local m, v = state.m, state.v
   local rate = (config.learningRate or 1e-3) / (1 + state.t * (config.learningRateDecay or 0))
   state.t = state.t + 1
   local step, scale = rate / (1 - beta1 ^ state.t), 1 / math.sqrt(1 - beta2 ^ state.t)
   local shrink = 1 - rate * (config.weightDecay or 0.01)
   if fused.fits(x, g, m, v) then
      fused.adam(x, g, m, v, nil, step, beta1, beta2, epsilon, scale, 0, shrink, false)
      return x, {fx}
   end
   x:mul(shrink)
   m:mul(beta1):add(1 - beta1, g)
   v:mul(beta2):addcmul(1 - beta2, g, g)
   x:addcdiv(-step, m, torch.sqrt(v):mul(scale):add(epsilon))
   return x, {fx}
end

return adamw
