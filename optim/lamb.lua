local fused = require 'optim.fused'

-- x = x - rate |x| / |u| u. On a GPU the norms stay there, as nothing is to wait for them.
local function move(x, u, rate)
   if x.getDevice and x:nElement() > 0 then
      local nx, nu = x:contiguous():view(-1):norm(2, 1), u:view(-1):norm(2, 1)
      local ratio = nx:clone():cdiv(nu)
      ratio:maskedFill(nx:eq(0), 1)
      ratio:maskedFill(nu:eq(0), 1)
      u:view(-1):cmul(ratio:expand(u:nElement()))
      x:add(-rate, u)
      return
   end
   local nx, nu = x:norm(), u:norm()
   x:add(-rate * (nx > 0 and nu > 0 and nx / nu or 1), u)
end

--- optim.lamb(opfunc, x [, config, state]) -> x, {f(x)}: a step of LAMB (You and others, 2019): AdamW's direction for every tensor of parameters, as long as learningRate times the tensor's own
-- norm. Meant for a list of tensors, one a layer, and large batches.
-- x may be a list of tensors; opfunc then returns the loss as a recorded tensor, or a list of gradients behind it.
--
-- config: learningRate (1e-3), beta1 (0.9), beta2 (0.999), epsilon (1e-6), weightDecay (0.01)
-- state: t (steps done), m, v, u (the direction)
--
--    m, v as in Adam;  u = m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon) + weightDecay x
--    x = x - learningRate |x| / |u| u         (|x| / |u| is 1 where one of the two is 0)
local function lamb(opfunc, x, config, state)
   config = config or {}
   state = state or config
   local beta1, beta2, epsilon = config.beta1 or 0.9, config.beta2 or 0.999, config.epsilon or 1e-6
   local decay = config.weightDecay or 0.01
   local fx, g = opfunc(x)
   if not state.m then
      state.t = state.t or 0
      state.m, state.v, state.u = x.new():resizeAs(g):zero(), x.new():resizeAs(g):zero(), x.new():resizeAs(g)
   end
   local m, v, u = state.m, state.v, state.u
   state.t = state.t + 1
   local step, scale = 1 / (1 - beta1 ^ state.t), 1 / math.sqrt(1 - beta2 ^ state.t)
   if fused.fits(x, g, m, v, u) then
      fused.lamb(x, g, m, v, u, step, beta1, beta2, epsilon, scale, decay)
   else
      m:mul(beta1):add(1 - beta1, g)
      v:mul(beta2):addcmul(1 - beta2, g, g)
      u:sqrt(v):mul(scale):add(epsilon)
      u:cdiv(m, u):mul(step):add(decay, x)
   end
   move(x, u, config.learningRate or 1e-3)
   return x, {fx}
end

return lamb
