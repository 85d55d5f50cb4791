--- optim.FistaLS(f, g, pl, xinit [, params]) -> x, history: minimizes f(x) + g(x), f smooth, g not: ISTA, or FISTA, with a
-- backtracking line search.
--
-- f(x) smooth value, and gradient as second when called f(x, 'dx'); g(x) the other value;
-- pl(x, L) replaces x, in place, by argmin_z g(z) + L/2 |z - x|^2.
-- params: L (0.1, inverse of the step; written back), Lstep (1.5, its growth), maxiter (50), maxline (20),
--   errthres (1e-4, change of f + g at which to stop), doFistaUpdate (false: ISTA), verbose (keep the
--   points in the history); xkm, y, ply are its buffers.
-- history[i] = {nline, L, F, Fply, Gply, Q [, xk, y]}. xinit gets the solution too.
--
-- Source: A. Beck, M. Teboulle, A fast iterative shrinkage-thresholding algorithm, 2009.

-- Backtracks on L until the quadratic model around y lies above f at the candidate. Leaves that in xk.
local function line_search(f, pl, y, fy, gfy, xk, xkm, ply, p, maxline)
   for nline = 1, maxline + 1 do
      ply:add(y, -1 / p.L, gfy)
      pl(ply, p.L)
      xk:copy(ply)
      local fply = f(ply)
      ply:add(-1, y)
      local Q = fy + gfy:dot(ply) + p.L / 2 * ply:dot(ply)
      if fply <= Q then return fply, Q, nline end
      if nline > maxline then
         xk:copy(xkm)  -- nothing better: stay
         return fply, Q, nline
      end
      p.L = p.L * p.Lstep
   end
end

local function FistaLS(f, g, pl, xinit, params)
   params = params or {}
   local p = {L = params.L or 0.1, Lstep = params.Lstep or 1.5}
   local maxiter, maxline = params.maxiter or 50, params.maxline or 20
   local threshold = params.errthres or 1e-4
   for _, name in ipairs{'xkm', 'y', 'ply'} do
      params[name] = (params[name] or xinit.new()):resizeAs(xinit):zero()
   end
   local xk, xkm, y, ply = xinit, params.xkm, params.y, params.ply

   local history = {}
   local tk = (1 + math.sqrt(5)) / 2  -- its first value, 1, would give the first step no momentum
   for iteration = 1, maxiter do
      local fy, gfy = f(y, 'dx')
      local fply, Q, nline = line_search(f, pl, y, fy, gfy:clone(), xk, xkm, ply, p, maxline)
      local gply = g(xk)
      params.L = p.L
      local entry = {nline = nline, L = p.L, F = fply + gply, Fply = fply, Gply = gply, Q = Q}
      if params.verbose then
         entry.xk, entry.y = xk:clone(), y:clone()
         print(('<optim.FistaLS> iteration %d: f + g = %g, L = %g'):format(iteration, entry.F, entry.L))
      end
      history[iteration] = entry
      local before = history[iteration - 1]
      if before and math.abs(entry.F - before.F) <= threshold then break end

      if params.doFistaUpdate then
         local tnext = (1 + math.sqrt(1 + 4 * tk * tk)) / 2
         y:add(xk, (tk - 1) / tnext, xk):add((1 - tk) / tnext, xkm)
         xkm:copy(xk)
         tk = tnext
      else
         y:copy(xk)
      end
   end
   y:copy(xk)  -- which is xinit
   return y, history
end

return FistaLS
