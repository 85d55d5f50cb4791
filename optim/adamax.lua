--- optim.adamax(opfunc, x [, config, state]) -> x, {f(x)}: a step of AdaMax: Adam with the infinity norm. x is changed in
-- place.
-- x may be a list of tensors; opfunc then returns the loss as a recorded tensor, or a list of gradients behind it.
--
-- config: learningRate (0.002), beta1 (0.9), beta2 (0.999), epsilon (1e-38), weightDecay (0)
-- state: t, m, u, max
--
--    m = beta1 m + (1 - beta1) g,   u = max(beta2 u, |g| + epsilon)
--    x = x - learningRate / (1 - beta1^t) m / u
--
-- > config, x = {learningRate = 0.1}, torch.Tensor{3}
-- > for i = 1, 200 do optim.adamax(function(x) return x[1]^2, x * 2 end, x, config) end
-- > math.abs(x[1]) < 0.1
-- true
--
-- Source: D. Kingma, J. Ba, Adam: a method for stochastic optimization, 2015.
local function adamax(opfunc, x, config, state)
   config = config or {}
   state = state or config
   local beta1, beta2 = config.beta1 or 0.9, config.beta2 or 0.999
   local decay = config.weightDecay or 0

   local fx, g = opfunc(x)
   if x:nElement() == 0 then return x, {fx} end
   if decay ~= 0 then g:add(decay, x) end

   if not state.m then
      state.t = state.t or 0
      state.m = x.new():resizeAs(g):zero()
      state.u = x.new(1, g:nElement()):zero()  -- a row, as in checkpoints of Torch7
      state.max = x.new(1, g:nElement())
   end
   local m, u = state.m, state.u
   state.t = state.t + 1
   m:mul(beta1):add(1 - beta1, g)
   state.max:abs(g:contiguous():view(1, -1)):add(config.epsilon or 1e-38)
   u:mul(beta2):cmax(state.max)
   x:addcdiv(-(config.learningRate or 0.002) / (1 - beta1 ^ state.t), m, u)
   return x, {fx}
end

return adamax
