--- optim.asgd(opfunc, x [, config, state]) -> x, {f(x)}, ax: a step of averaged stochastic gradient descent. x is changed in
-- place; ax is the average to use.
-- x may be a list of tensors; opfunc then returns the loss as a recorded tensor, or a list of gradients behind it.
--
-- config: eta0 (1e-4), lambda (1e-4), alpha (0.75), t0 (1e6); defaults are written into it
-- state: eta_t, mu_t, t, ax (the average), tmp
--
--    x = (1 - lambda eta_t) x - eta_t g,   ax = ax + mu_t (x - ax)     (ax = x up to step t0)
--    eta_t = eta0 / (1 + lambda eta0 t)^alpha,   mu_t = 1 / max(1, t - t0)
--
--
-- > config, x = {eta0 = 0.1}, torch.Tensor{3}
-- > for i = 1, 200 do optim.asgd(function(x) return x[1]^2, x * 2 end, x, config) end
-- > math.abs(x[1]) < 0.1
-- true
--
-- Source: B. Polyak, A. Juditsky, Acceleration of stochastic approximation by averaging, 1992; L. Bottou, sgd.
local numbers = require 'optim.numbers'

local function asgd(opfunc, x, config, state)
   config = config or {}
   state = state or config
   config.eta0 = config.eta0 or 1e-4
   config.lambda = config.lambda or 1e-4
   config.alpha = config.alpha or 0.75
   config.t0 = config.t0 or 1e6
   state.eta_t = state.eta_t or config.eta0
   state.mu_t = state.mu_t or 1
   state.t = state.t or 0

   local fx, g = opfunc(x)
   x:mul(1 - config.lambda * state.eta_t)
   x:add(-state.eta_t, g)

   state.ax = state.ax or x.new():resizeAs(x):zero()
   if state.mu_t ~= 1 then
      state.tmp = (state.tmp or x.new()):resizeAs(x):add(x, -1, state.ax)
      state.ax:add(state.mu_t, state.tmp)
   else
      state.ax:copy(x)
   end

   state.t = state.t + 1
   state.eta_t = config.eta0 / (1 + config.lambda * config.eta0 * state.t) ^ config.alpha
   state.mu_t = 1 / numbers.max(1, state.t - config.t0)
   return x, {fx}, state.ax
end

return asgd
