local fused = require 'optim.fused'

--- optim.adam(opfunc, x [, config, state]) -> x, {f(x)}: a step of Adam, scaled by running means of the gradient and of its
-- square. x is changed in place.
-- x may be a list of tensors; opfunc then returns the loss as a recorded tensor, or a list of gradients behind it.
--
-- config: learningRate (0.001), learningRateDecay (0), beta1 (0.9), beta2 (0.999), epsilon (1e-8),
--   weightDecay (0)
-- state: t (steps done), m, v, denom
--
--    m = beta1 m + (1 - beta1) g,   v = beta2 v + (1 - beta2) g^2
--    x = x - learningRate sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(v) + epsilon)
--
-- > config, x = {learningRate = 0.1}, torch.Tensor{3}
-- > for i = 1, 200 do optim.adam(function(x) return x[1]^2, x * 2 end, x, config) end
-- > math.abs(x[1]) < 0.1
-- true
--
-- Source: D. Kingma, J. Ba, Adam: a method for stochastic optimization, 2015.
local function adam(opfunc, x, config, state)
   config = config or {}
   state = state or config
   local beta1, beta2 = config.beta1 or 0.9, config.beta2 or 0.999
   local decay = config.weightDecay or 0

   local fx, g = opfunc(x)
   if not state.m then
      state.t = state.t or 0
      state.m = x.new():resizeAs(g):zero()
      state.v = x.new():resizeAs(g):zero()
      state.denom = x.new():resizeAs(g)
   end
   local m, v, denom = state.m, state.v, state.denom
   local rate = (config.learningRate or 0.001) / (1 + state.t * (config.learningRateDecay or 0))
   state.t = state.t + 1

   local step, epsilon = rate * math.sqrt(1 - beta2 ^ state.t) / (1 - beta1 ^ state.t), config.epsilon or 1e-8
   if fused.fits(x, g, m, v, denom) then
      fused.adam(x, g, m, v, denom, step, beta1, beta2, epsilon, 1, decay, 1, false)
      return x, {fx}
   end
   if decay ~= 0 then g:add(decay, x) end
   m:mul(beta1):add(1 - beta1, g)
   v:mul(beta2):addcmul(1 - beta2, g, g)
   denom:sqrt(v):add(epsilon)
   x:addcdiv(-step, m, denom)
   return x, {fx}
end

return adam
