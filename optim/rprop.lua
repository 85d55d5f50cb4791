--- optim.rprop(opfunc, x [, config, state]) -> x, {f...}: niter steps of Rprop: each weight has a step size of its own, which
-- grows while the sign of its gradient stays and shrinks when it turns. For full batches. x is changed in place.
-- x may be a list of tensors; opfunc then returns the loss as a recorded tensor, or a list of gradients behind it.
--
-- config: stepsize (0.1), etaplus (1.2), etaminus (0.5), stepsizemax (50), stepsizemin (1e-6),
--   niter (1, evaluations per call)
-- state: delta (the gradient before), stepsize, sign, psign, nsign, zsign (masks)
--
--
-- > config, x = {}, torch.Tensor{3}
-- > for i = 1, 200 do optim.rprop(function(x) return x[1]^2, x * 2 end, x, config) end
-- > math.abs(x[1]) < 0.1
-- true
--
-- Source: M. Riedmiller, H. Braun, A direct adaptive method for faster backpropagation learning, 1993.
local function rprop(opfunc, x, config, state)
   if not config and not state then print('no state table, RPROP initializing') end
   config = config or {}
   state = state or config
   -- config and state may be one table, whose stepsize then becomes the tensor
   local first_step = type(config.stepsize) == 'number' and config.stepsize or 0.1
   local history = {}
   for i = 1, config.niter or 1 do
      local fx, g = opfunc(x)
      if not state.delta then
         state.delta = g.new():resizeAs(g):zero()
         state.stepsize = g.new():resizeAs(g):fill(first_step)
         state.sign = g.new():resizeAs(g)
         for _, mask in ipairs{'psign', 'nsign', 'zsign'} do state[mask] = g:gt(0) end -- of the type that comparisons give
      end
      local sign, step = state.sign, state.stepsize

      -- how each step changes: the sign of the gradient now times the one before
      sign:cmul(g, state.delta)
      g.gt(state.psign, sign, 0)
      g.lt(state.nsign, sign, 0)
      g.eq(state.zsign, sign, 0)
      sign:maskedFill(state.psign, config.etaplus or 1.2)
      sign:maskedFill(state.nsign, config.etaminus or 0.5)
      sign:maskedFill(state.zsign, 1)
      step:cmul(sign):clamp(config.stepsizemin or 1e-6, config.stepsizemax or 50)

      g:maskedFill(state.nsign, 0)  -- past a minimum: wait for the next gradient
      sign:sign(g)
      x:addcmul(-1, sign, step)
      state.delta:copy(g)
      history[i] = fx
   end
   return x, history
end

return rprop
