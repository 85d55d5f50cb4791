local fused = require 'optim.fused'

--- optim.rmsprop(opfunc, x [, config, state]) -> x, {f(x)}: a step of RMSprop: divided by the running root mean square of
-- the gradient. x is changed in place.
-- x may be a list of tensors; opfunc then returns the loss as a recorded tensor, or a list of gradients behind it.
--
-- config: learningRate (1e-2), alpha (0.99), epsilon (1e-8), weightDecay (0), initialMean (0)
-- state: m, tmp (where the step is made of operations: on the GPU)
--
--    m = alpha m + (1 - alpha) g^2,   x = x - learningRate g / (sqrt(m) + epsilon)
--
-- > config, x = {learningRate = 0.05}, torch.Tensor{3}
-- > for i = 1, 200 do optim.rmsprop(function(x) return x[1]^2, x * 2 end, x, config) end
-- > math.abs(x[1]) < 0.1
-- true
--
-- Source: T. Tieleman, G. Hinton, Lecture 6.5 - RMSProp, 2012.
local function rmsprop(opfunc, x, config, state)
   config = config or {}
   state = state or config
   local alpha, decay = config.alpha or 0.99, config.weightDecay or 0

   local fx, g = opfunc(x)

   if not state.m then state.m = x.new():resizeAs(g):fill(config.initialMean or 0) end
   if fused.fits(x, g, state.m) then
      fused.rmsprop(x, g, state.m, config.learningRate or 1e-2, alpha, config.epsilon or 1e-8, decay)
      return x, {fx}
   end
   if decay ~= 0 then g:add(decay, x) end
   state.tmp = state.tmp or x.new():resizeAs(g)
   state.m:mul(alpha):addcmul(1 - alpha, g, g)
   state.tmp:sqrt(state.m):add(config.epsilon or 1e-8)
   x:addcdiv(-(config.learningRate or 1e-2), g, state.tmp)
   return x, {fx}
end

return rmsprop
