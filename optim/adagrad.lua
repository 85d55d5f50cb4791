--- AdaGrad (Duchi, Hazan and Singer, 2011): steps divided by the root of all squared gradients so far.
--
-- config: learningRate (1e-3), learningRateDecay (0), weightDecay (0)
-- state: evalCounter, paramVariance, paramStd
--
--    G = G + g^2,   x = x - learningRate g / (sqrt(G) + 1e-10)
local function adagrad(opfunc, x, config, state)
   if not config and not state then print('no state table, ADAGRAD initializing') end
   config = config or {}
   state = state or config
   local decay = config.weightDecay or 0
   local evaluations = state.evalCounter or 0

   local fx, g = opfunc(x)
   if decay ~= 0 then g:add(decay, x) end

   if not state.paramVariance then
      state.paramVariance = x.new():resizeAs(g):zero()
      state.paramStd = x.new():resizeAs(g)
   end
   local rate = (config.learningRate or 1e-3) / (1 + evaluations * (config.learningRateDecay or 0))
   state.paramVariance:addcmul(1, g, g)
   state.paramStd:sqrt(state.paramVariance):add(1e-10)
   x:addcdiv(-rate, g, state.paramStd)

   state.evalCounter = evaluations + 1
   return x, {fx}
end

return adagrad
