local fused = require 'optim.fused'

--- optim.sgd(opfunc, x [, config, state]) -> x, {f(x)}: a step of stochastic gradient descent, with momentum (Polyak's or
-- Nesterov's) and decay. x is changed in place.
-- x may be a list of tensors; opfunc then returns the loss as a recorded tensor, or a list of gradients behind it.
--
-- config: learningRate (1e-3), learningRateDecay (0), weightDecay (0), weightDecays (a vector, used
--   without weightDecay), momentum (0), dampening (= momentum), nesterov (false), learningRates (a
--   vector of factors).
-- state: evalCounter, dfdx (the velocity), decayParameters, deltaParameters
--
--    v = momentum v + (1 - dampening) g,   x = x - learningRate v        (first step: v = g)
--
-- With the default dampening the velocity is a running mean; dampening = 0 gives the usual momentum.
-- Weight decay and Nesterov's momentum are added to opfunc's own gradient tensor.
--
-- > config, x = {learningRate = 0.1}, torch.Tensor{3}
-- > for i = 1, 200 do optim.sgd(function(x) return x[1]^2, x * 2 end, x, config) end
-- > math.abs(x[1]) < 0.1
-- true
local function sgd(opfunc, x, config, state)
   config = config or {}
   state = state or config
   local momentum = config.momentum or 0
   local dampening = config.dampening or momentum
   local decay, decays = config.weightDecay or 0, config.weightDecays
   if config.nesterov and not (momentum > 0 and dampening == 0) then
      error('optim.sgd: Nesterov momentum requires a momentum and zero dampening', 2)
   end
   local evaluations = state.evalCounter or 0

   local fx, g = opfunc(x)
   local rate = (config.learningRate or 1e-3) / (1 + evaluations * (config.learningRateDecay or 0))
   local plain = not config.learningRates and not (decays and decay == 0)
   if plain and fused.fits(x, g, state.dfdx) then
      local first = momentum ~= 0 and not state.dfdx
      if first then state.dfdx = g.new():resizeAs(g) end
      fused.sgd(x, g, momentum ~= 0 and state.dfdx or nil, rate, decay, momentum, dampening, config.nesterov or false, first)
      state.evalCounter = evaluations + 1
      return x, {fx}
   end
   if decay ~= 0 then
      g:add(decay, x)
   elseif decays then
      state.decayParameters = (state.decayParameters or x.new()):resizeAs(x):copy(decays):cmul(x)
      g:add(state.decayParameters)
   end

   if momentum ~= 0 then
      local v = state.dfdx
      if not v then
         v = g.new():resizeAs(g):copy(g)
         state.dfdx = v
      else
         v:mul(momentum):add(1 - dampening, g)
      end
      if config.nesterov then g:add(momentum, v) else g = v end
   end

   if config.learningRates then
      state.deltaParameters = (state.deltaParameters or x.new()):resizeAs(g):copy(config.learningRates):cmul(g)
      g = state.deltaParameters
   end
   x:add(-rate, g)

   state.evalCounter = evaluations + 1
   return x, {fx}
end

return sgd
