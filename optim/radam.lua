local fused = require 'optim.fused'

-- Whether the mean square counts, and the factor of the learning rate.
local function rectified(t, beta1, beta2)
   local most, left = 2 / (1 - beta2) - 1, 1 - beta2 ^ t
   local r = most - 2 * t * (1 - left) / left
   local step = 1 / (1 - beta1 ^ t)
   if r <= 5 then return false, step end
   return true, step * math.sqrt((r - 4) * (r - 2) * most / ((most - 4) * (most - 2) * r)) * math.sqrt(left)
end

--- optim.radam(opfunc, x [, config, state]) -> x, {f(x)}: a step of RAdam (Liu and others, 2019): Adam whose steps are as long as the variance of its running mean square allows: for the first
-- few of them, those of momentum alone.
-- x may be a list of tensors; opfunc then returns the loss as a recorded tensor, or a list of gradients behind it.
--
-- config: learningRate (1e-3), beta1 (0.9), beta2 (0.999), epsilon (1e-8), weightDecay (0; added to the gradient)
-- state: t (steps done), m, v
--
--    m, v as in Adam;  R = 2 / (1 - beta2) - 1,  r = R - 2 t beta2^t / (1 - beta2^t)
--    r > 5: x = x - learningRate m / (1 - beta1^t) sqrt((r - 4) (r - 2) R / ((R - 4) (R - 2) r)) sqrt(1 - beta2^t) / (sqrt(v) + epsilon)
--    else   x = x - learningRate m / (1 - beta1^t)
local function radam(opfunc, x, config, state)
   config = config or {}
   state = state or config
   local beta1, beta2, epsilon = config.beta1 or 0.9, config.beta2 or 0.999, config.epsilon or 1e-8
   local decay = config.weightDecay or 0
   local fx, g = opfunc(x)
   if not state.m then
      state.t = state.t or 0
      state.m, state.v = x.new():resizeAs(g):zero(), x.new():resizeAs(g):zero()
   end
   local m, v = state.m, state.v
   state.t = state.t + 1
   local adaptive, step = rectified(state.t, beta1, beta2)
   step = step * (config.learningRate or 1e-3)
   if fused.fits(x, g, m, v) then
      fused.adam(x, g, m, v, nil, step, beta1, beta2, epsilon, 1, decay, 1, not adaptive)
      return x, {fx}
   end
   if decay ~= 0 then g:add(decay, x) end
   m:mul(beta1):add(1 - beta1, g)
   v:mul(beta2):addcmul(1 - beta2, g, g)
   if adaptive then x:addcdiv(-step, m, torch.sqrt(v):add(epsilon)) else x:add(-step, m) end
   return x, {fx}
end

return radam
