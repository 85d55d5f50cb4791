--- optim.checkgrad(opfunc, x [, eps = 1e-7]) -> difference, dC, dC_est: compares the gradient dC that opfunc gives at x with
-- central differences.
--
-- difference is |dC - dC_est| / |dC + dC_est|. x comes back as it was. opfunc must return a gradient
-- tensor that its next call leaves alone: clone a net's gradParameters.
--
-- > optim.checkgrad(function(x) return x[1]^2, x * 2 end, torch.Tensor{3}) < 1e-6
-- true
local function checkgrad(opfunc, x, eps)
   eps = eps or 1e-7
   local _, dC = opfunc(x)
   local function f()
      local fx = opfunc(x)
      return type(fx) == 'number' and fx or fx[1]
   end
   local dC_est = dC.new():resizeAs(dC)
   local flat, estimate = x:view(-1), dC_est:view(-1)
   for i = 1, flat:size(1) do
      local original = flat[i]
      flat[i] = original + eps
      local above = f()
      flat[i] = original - eps
      local below = f()
      flat[i] = original
      estimate[i] = (above - below) / (2 * eps)
   end
   local difference = torch.norm(dC - dC_est) / torch.norm(dC + dC_est)
   return difference, dC, dC_est
end

return checkgrad
