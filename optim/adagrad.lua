local fused = require 'optim.fused'

--- optim.adagrad(opfunc, x [, config, state]) -> x, {f(x)}: a step of AdaGrad: divided by the root of all squared gradients
-- so far. x is changed in place.
-- x may be a list of tensors; opfunc then returns the loss as a recorded tensor, or a list of gradients behind it.
--
-- config: learningRate (1e-3), learningRateDecay (0), weightDecay (0)
-- state: evalCounter, paramVariance, paramStd (on the GPU)
--
--    G = G + g^2,   x = x - learningRate g / (sqrt(G) + 1e-10)
--
-- > config, x = {learningRate = 0.5}, torch.Tensor{3}
-- > for i = 1, 200 do optim.adagrad(function(x) return x[1]^2, x * 2 end, x, config) end
-- > math.abs(x[1]) < 0.1
-- true
--
-- Source: J. Duchi, E. Hazan, Y. Singer, Adaptive subgradient methods, 2011.
local function adagrad(opfunc, x, config, state)
   if not config and not state then print('no state table, ADAGRAD initializing') end
   config = config or {}
   state = state or config
   local decay = config.weightDecay or 0
   local evaluations = state.evalCounter or 0

   local fx, g = opfunc(x)
   state.paramVariance = state.paramVariance or x.new():resizeAs(g):zero()
   local rate = (config.learningRate or 1e-3) / (1 + evaluations * (config.learningRateDecay or 0))
   state.evalCounter = evaluations + 1
   if fused.fits(x, g, state.paramVariance) then
      fused.adagrad(x, g, state.paramVariance, rate, 1e-10, decay)
      return x, {fx}
   end
   if decay ~= 0 then g:add(decay, x) end
   state.paramStd = state.paramStd or x.new():resizeAs(g)
   state.paramVariance:addcmul(1, g, g)
   state.paramStd:sqrt(state.paramVariance):add(1e-10)
   x:addcdiv(-rate, g, state.paramStd)
   return x, {fx}
end

return adagrad
