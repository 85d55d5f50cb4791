local fused = require 'optim.fused'

--- optim.adadelta(opfunc, x [, config, state]) -> x, {f(x)}: a step of AdaDelta: no learning rate; steps follow the running
-- size of earlier steps. x is changed in place.
-- x may be a list of tensors; opfunc then returns the loss as a recorded tensor, or a list of gradients behind it.
--
-- config: rho (0.9), eps (1e-6), weightDecay (0)
-- state: evalCounter, paramVariance (V), accDelta (A); on the GPU paramStd, delta (D)
--
--    V = rho V + (1 - rho) g^2,   D = sqrt(A + eps) / sqrt(V + eps) g
--    x = x - D,                   A = rho A + (1 - rho) D^2
--
-- > config, x = {eps = 1e-3}, torch.Tensor{3}
-- > for i = 1, 200 do optim.adadelta(function(x) return x[1]^2, x * 2 end, x, config) end
-- > math.abs(x[1]) < 0.1
-- true
--
-- Source: M. Zeiler, ADADELTA: an adaptive learning rate method, 2012.
local function adadelta(opfunc, x, config, state)
   if not config and not state then print('no state table, ADADELTA initializing') end
   config = config or {}
   state = state or config
   local rho, eps, decay = config.rho or 0.9, config.eps or 1e-6, config.weightDecay or 0

   local fx, g = opfunc(x)

   if not state.paramVariance then
      state.paramVariance = x.new():resizeAs(g):zero()
      state.accDelta = x.new():resizeAs(g):zero()
   end
   state.evalCounter = (state.evalCounter or 0) + 1
   local variance = state.paramVariance
   if fused.fits(x, g, variance, state.accDelta) then
      fused.adadelta(x, g, variance, state.accDelta, rho, eps, decay)
      return x, {fx}
   end
   if decay ~= 0 then g:add(decay, x) end
   state.paramStd = state.paramStd or x.new():resizeAs(g)
   state.delta = state.delta or x.new():resizeAs(g)
   local std, delta = state.paramStd, state.delta
   variance:mul(rho):addcmul(1 - rho, g, g)
   std:add(variance, eps):sqrt()
   delta:add(state.accDelta, eps):sqrt():cdiv(std):cmul(g)
   x:add(-1, delta)
   state.accDelta:mul(rho):addcmul(1 - rho, delta, delta)
   return x, {fx}
end

return adadelta
