--- RMSprop (Tieleman and Hinton, 2012): steps divided by the running root mean square of the gradient.
--
-- config: learningRate (1e-2), alpha (0.99), epsilon (1e-8), weightDecay (0), initialMean (0)
-- state: m, tmp
--
--    m = alpha m + (1 - alpha) g^2,   x = x - learningRate g / (sqrt(m) + epsilon)
local function rmsprop(opfunc, x, config, state)
   config = config or {}
   state = state or config
   local alpha, decay = config.alpha or 0.99, config.weightDecay or 0

   local fx, g = opfunc(x)
   if decay ~= 0 then g:add(decay, x) end

   if not state.m then
      state.m = x.new():resizeAs(g):fill(config.initialMean or 0)
      state.tmp = x.new():resizeAs(g)
   end
   state.m:mul(alpha):addcmul(1 - alpha, g, g)
   state.tmp:sqrt(state.m):add(config.epsilon or 1e-8)
   x:addcdiv(-(config.learningRate or 1e-2), g, state.tmp)
   return x, {fx}
end

return rmsprop
