--- optim.nag(opfunc, x [, config, state]) -> x, {f(x)}: a step of Nesterov's accelerated gradient: the gradient is taken
-- where the momentum leads. x is changed in place.
-- x may be a list of tensors; opfunc then returns the loss as a recorded tensor, or a list of gradients behind it.
--
-- config: learningRate (1e-3), learningRateDecay (0), weightDecay (0), momentum (0.9),
--   learningRates (a vector of factors)
-- state: evalCounter, dfdx (the velocity), deltaParameters
--
--    x = x + momentum v,   g = df/dx(x),   v = momentum v - learningRate g,   x = x - learningRate g
--
-- > config, x = {learningRate = 0.01}, torch.Tensor{3}
-- > for i = 1, 200 do optim.nag(function(x) return x[1]^2, x * 2 end, x, config) end
-- > math.abs(x[1]) < 0.1
-- true
--
-- Source: I. Sutskever et al., On the importance of initialization and momentum in deep learning, 2013.
local function nag(opfunc, x, config, state)
   config = config or {}
   state = state or config
   local momentum, decay = config.momentum or 0.9, config.weightDecay or 0
   if momentum <= 0 then error('optim.nag: momentum must be positive', 2) end
   local evaluations = state.evalCounter or 0

   if state.dfdx then x:add(momentum, state.dfdx) end
   local fx, g = opfunc(x)
   if decay ~= 0 then g:add(decay, x) end

   local rate = (config.learningRate or 1e-3) / (1 + evaluations * (config.learningRateDecay or 0))
   if config.learningRates then
      state.deltaParameters = (state.deltaParameters or x.new()):resizeAs(g):copy(config.learningRates):cmul(g)
      g = state.deltaParameters
   end
   local v = state.dfdx
   if not v then
      v = g.new():resizeAs(g):zero()
      state.dfdx = v
   end
   v:mul(momentum):add(-rate, g)
   x:add(-rate, g)

   state.evalCounter = evaluations + 1
   return x, {fx}
end

return nag
