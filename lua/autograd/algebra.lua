-- Derivatives of factorizations, solutions of equations and convolutions: functions for the operation table, loaded when one is
-- first needed. Those without a handy formula go through the same result made of operations that have one (`through`).
local C = require 'libtorch'
local torch = torch
local mm, tril, triu, cat = torch.mm, torch.tril, torch.triu, torch.cat

return function(F)
   local function t(x) return x:t() end

   --- A vector as a matrix of one column.
   function F.columns(x) return x:dim() == 1 and F.reshape(x, torch.LongStorage{x:nElement(), 1}) or x end

   -- Gradients by `inputs` of f(inputs...), a tensor or several, given those of its results in the table g (nil: none).
   local function through(f, inputs, g)
      local core = require 'autograd.core'
      local create, xs = core.state.create, {}
      for i, x in ipairs(inputs) do xs[i] = create and C.recorded(x) ~= 0 and x or C.alias(x):requiresGrad() end
      local outputs, seeds = {}, {}
      core.with_recording(true, function()
         local r = {f(unpack(xs))}
         for k, y in pairs(r) do
            if g[k] then outputs[#outputs + 1], seeds[#seeds + 1] = y, g[k] end
         end
      end)
      return torch.grad(outputs, xs, {gradOutputs = seeds, createGraph = create, allowUnused = true})
   end

   -- ---- equations ----

   --- What the gradient of the solution X of A X = B is by B; A is given transposed.
   function F.solved(G, name, At) return (torch[name](G[1], At)) end

   local function other(trans) return trans == 'N' and 'T' or 'N' end
   local function letter(option) return option:sub(1, 1):upper() end
   local function triangle(x, uplo, unit)
      local k = unit and 1 or 0
      if uplo == 'U' then return triu(x, k) end
      return tril(x, -k)
   end
   function F.trtrs_back(G, A, uplo, trans, diag)
      return (torch.trtrs(F.columns(G[1]), A, uplo, other(letter(trans)), diag))
   end
   function F.trtrs_back_A(G, A, X, uplo, trans, diag)
      local gB = F.trtrs_back(G, A, uplo, trans, diag)
      local full = letter(trans) == 'N' and mm(gB, t(F.columns(X))) or mm(F.columns(X), t(gB))
      return torch.neg(triangle(full, letter(uplo), letter(diag) == 'U'))
   end

   local function least_squares(A, B)
      if A:size(1) >= A:size(2) then return (torch.gesv(mm(t(A), B), mm(t(A), A))) end
      return mm(t(A), (torch.gesv(B, mm(A, t(A)))))
   end
   function F.gels_back_A(G, A, B)
      return through(function(a, b) return least_squares(a, F.columns(b)) end, {A, B}, {F.columns(G[1])})[1]
   end
   function F.gels_back_B(G, A)
      if A:size(1) >= A:size(2) then return mm(A, (torch.gesv(F.columns(G[1]), mm(t(A), A)))) end
      return (torch.gesv(mm(A, F.columns(G[1])), mm(A, t(A))))
   end

   -- ---- Cholesky ----

   local function half_diagonal(x) return tril(x) - torch.diag(torch.diag(x)) / 2 end
   -- Of L L' = A by the entries of the lower triangle of A.
   local function cholesky_back(g, L)
      local P = half_diagonal(mm(t(L), tril(g)))
      local left = torch.trtrs(P, L, 'L', 'T')               -- L^-T P
      local S = t((torch.trtrs(t(left), L, 'L', 'T')))       -- ... L^-1
      return half_diagonal(S + t(S))
   end
   function F.potrf_back(g, r, uplo)
      if letter(uplo) == 'L' then return cholesky_back(g, tril(r)) end
      return t(cholesky_back(t(g), t(triu(r))))
   end
   -- By the factor, given the gradient by A = U'U or L L'.
   local function factor_back(gA, chol, uplo)
      local both = gA + t(gA)
      if letter(uplo) == 'U' then return triu(mm(triu(chol), both)) end
      return tril(mm(both, tril(chol)))
   end
   function F.potrs_back(g, X, chol, uplo)
      return factor_back(torch.neg(mm(torch.potrs(F.columns(g), chol, uplo), t(F.columns(X)))), chol, uplo)
   end
   function F.potri_back(g, r, chol, uplo) return factor_back(torch.neg(mm(mm(t(r), g), t(r))), chol, uplo) end

   --- Of a pivoted factor: of the factor of the matrix in that order.
   function F.pstrf_back(g, A, piv, uplo)
      local order = piv:long()
      return through(function(a)
         local upper = letter(uplo) == 'U'
         local s = upper and triu(a) + t(triu(a, 1)) or tril(a) + t(tril(a, -1))
         return torch.potrf(s:index(1, order):index(2, order), uplo)
      end, {A}, {g})[1]
   end

   -- ---- eigenvalues and singular values ----

   local function without_diagonal(x) return x - torch.diag(torch.diag(x)) end
   -- 1 / (b_j - b_i), and 0 on the diagonal.
   local function gaps(b)
      local n = b:size(1)
      local d = b:view(1, n):expand(n, n) - b:view(n, 1):expand(n, n)
      return without_diagonal(torch.cinv(d + torch.eye(n):typeAs(d)))
   end

   function F.symeig_back(G, A, e, uplo)
      local _, V = torch.symeig(A, 'V', uplo)
      local n = V:size(1)
      local inner = G[1] and torch.diag(G[1]) or C.alias(V):clone():zero()
      if G[2] then inner = inner + torch.cmul(mm(t(V), G[2]), gaps(e)) end
      local S = mm(mm(V, inner), t(V))
      local both = S + t(S)
      local half = torch.diag(torch.diag(both)) / 2
      if letter(uplo) == 'U' then return triu(both) - half end
      return tril(both) - half
   end

   --- Of real eigenvalues, and eigenvectors of norm 1.
   function F.eig_back(G, A)
      local e, V = torch.eig(A, 'V')
      if C.alias(e):select(2, 2):clone():abs():max() > 0 then
         error(C.where() .. 'eig: complex eigenvalues have no derivative here; real ones have', 0)
      end
      e = F.reshape(e:narrow(2, 1, 1), torch.LongStorage{e:size(1)})
      local n = e:size(1)
      local inner = G[1] and torch.diag(F.reshape(G[1]:narrow(2, 1, 1), torch.LongStorage{n})) or C.alias(V):clone():zero()
      if G[2] then
         local along = torch.sum(torch.cmul(V, G[2]), 1) -- the norm stays
         local g = G[2] - torch.cmul(V, along:expand(n, n))
         inner = inner + torch.cmul(mm(t(V), g), gaps(e))
      end
      return (torch.gesv(mm(inner, t(V)), t(V)))
   end

   local function skew(x) return x - t(x) end
   function F.svd_back(G, A, U, S, V)
      local k = S:size(1)
      U, V = U:narrow(2, 1, k), V:narrow(2, 1, k)
      local gU, gV = G[1] and G[1]:narrow(2, 1, k), G[3] and G[3]:narrow(2, 1, k)
      local Sm = torch.diag(S)
      local inner = G[2] and torch.diag(G[2]) or C.alias(Sm):clone():zero()
      if gU or gV then
         local E = gaps(torch.cmul(S, S))
         if gU then inner = inner + mm(torch.cmul(skew(mm(t(U), gU)), E), Sm) end
         if gV then inner = inner + mm(Sm, torch.cmul(skew(mm(t(V), gV)), E)) end
      end
      local r = mm(mm(U, inner), t(V))
      local inverse = torch.diag(torch.cinv(S))
      if gU and U:size(1) > k then r = r + mm(mm(gU - mm(U, mm(t(U), gU)), inverse), t(V)) end
      if gV and V:size(1) > k then r = r + mm(U, mm(inverse, t(gV - mm(V, mm(t(V), gV))))) end
      return r
   end

   -- ---- QR ----

   -- X R' = Y, by X
   local function right_solved(Y, R) return t((torch.trtrs(t(Y), R, 'U', 'N'))) end
   local function tall_qr_back(gQ, gR, Q, R)
      local M = C.alias(R):clone():zero()
      if gR then M = M + mm(R, t(gR)) end
      if gQ then M = M - mm(t(gQ), Q) end
      local sym = tril(M, -1)
      local Y = mm(Q, sym + t(sym) + torch.diag(torch.diag(M)))
      if gQ then Y = Y + gQ end
      return right_solved(Y, R)
   end
   function F.qr_back(G, A, Q, R)
      local m, n = A:size(1), A:size(2)
      if m >= n then return tall_qr_back(G[1], G[2], Q, R) end
      local gQ, gU = G[1], G[2] and G[2]:narrow(2, 1, m)
      local Y = A:narrow(2, m + 1, n - m)
      local gV = G[2] and G[2]:narrow(2, m + 1, n - m)
      if gV then gQ = gQ and gQ + mm(Y, t(gV)) or mm(Y, t(gV)) end
      local gX = tall_qr_back(gQ, gU, Q, R:narrow(2, 1, m))
      local gY = gV and mm(Q, gV) or C.alias(Y):clone():zero()
      return cat(gX, gY, 2)
   end

   -- Householder's reflections as geqrf stores them: v_i has 1 at i and what is below the diagonal of a.
   local function reflector(a, i)
      local m, parts = a:size(1), {}
      local one = C.alias(a).new(1):fill(1)
      if i > 1 then parts[#parts + 1] = C.alias(a).new(i - 1):zero() end
      parts[#parts + 1] = one
      if i < m then parts[#parts + 1] = a:select(2, i):narrow(1, i + 1, m - i) end
      return cat(parts, 1)
   end
   -- H_i x, H_i = 1 - tau_i v v'
   local function reflected(x, v, tau) return x - torch.ger(torch.cmul(v, tau:expandAs(v)), torch.mv(t(x), v)) end
   local function apply_q(a, tau, x, transposed)
      local k = tau:size(1)
      local first, last, step = k, 1, -1
      if transposed then first, last, step = 1, k, 1 end
      for i = first, last, step do x = reflected(x, reflector(a, i), tau:narrow(1, i, 1)) end
      return x
   end
   local function orgqr(a, tau) return apply_q(a, tau, torch.eye(a:size(1), a:size(2)):typeAs(a)) end
   local function ormqr(a, tau, x, side, trans)
      local transposed = letter(trans) == 'T'
      if letter(side) == 'L' then return apply_q(a, tau, x, transposed) end
      return t(apply_q(a, tau, t(x), not transposed))
   end
   local function geqrf(A)
      local m, n = A:size(1), A:size(2)
      local k, columns, taus = math.min(m, n), {}, {}
      local rest = A
      for i = 1, k do
         local x = rest:select(2, i):narrow(1, i, m - i + 1)
         local alpha = x:narrow(1, 1, 1)
         if i == m then
            taus[i] = C.alias(alpha):clone():zero()
            columns[i] = rest:select(2, i)
         else
            local beta = torch.norm(x, 2, 1) * (alpha:item() > 0 and -1 or 1)
            taus[i] = torch.cdiv(beta - alpha, beta)
            local below = x:narrow(1, 2, m - i)
            local v = torch.cdiv(below, (alpha - beta):expandAs(below))
            local head = C.alias(alpha).new(1):fill(1)
            local full = i > 1 and cat({C.alias(alpha).new(i - 1):zero(), head, v}, 1) or cat({head, v}, 1)
            rest = reflected(rest, full, taus[i])
            columns[i] = i > 1 and cat({rest:select(2, i):narrow(1, 1, i - 1), beta, v}, 1) or cat({beta, v}, 1)
         end
      end
      for i = k + 1, n do columns[i] = rest:select(2, i) end
      for i = 1, n do columns[i] = F.columns(columns[i]) end
      return cat(columns, 2), cat(taus, 1)
   end
   function F.geqrf_back(G, A) return through(geqrf, {A}, G)[1] end
   function F.orgqr_back(k, g, a, tau) return through(orgqr, {a, tau}, {g})[k] end
   function F.ormqr_back(k, g, a, tau, x, side, trans)
      return through(function(p, q, r) return ormqr(p, q, r, side, trans) end, {a, tau, x}, {g})[k]
   end

   -- ---- convolutions ----

   local function flipped(x, nd)
      for d = x:dim() - nd + 1, x:dim() do
         local n = x:size(d)
         x = x:index(d, torch.range(n, 1, -1):long())
      end
      return x
   end

   -- Gradients of one plane or volume and one kernel; conv: the kernel was flipped, valid or full.
   local function plane_back(name, g, x, k, vf, of_kernel)
      local nd, conv, valid = tonumber(name:match('%d')), name:find('^conv') ~= nil, letter(vf) == 'V'
      local convolve, correlate = torch['conv' .. nd], torch['xcorr' .. nd]
      if not of_kernel then
         if valid then return (conv and correlate or convolve)(g, k, 'F') end
         return (conv and correlate or convolve)(g, k, 'V')
      end
      if valid then
         local r = correlate(x, g, 'V')
         return conv and flipped(r, nd) or r
      end
      local r = correlate(g, x, 'V')
      return conv and r or flipped(r, nd)
   end

   -- The same where there are several planes: each with its own kernel, or all with every kernel of a bank.
   local function sum_of(list)
      local total = list[1]
      for i = 2, #list do total = total + list[i] end
      return total
   end
   local function stacked(list)
      local parts = {}
      for i, x in ipairs(list) do
         local sizes = torch.LongStorage(x:dim() + 1)
         sizes[1] = 1
         for d = 1, x:dim() do sizes[d + 1] = x:size(d) end
         parts[i] = F.reshape(x, sizes)
      end
      return #parts == 1 and parts[1] or cat(parts, 1)
   end
   local function conv_back(name, g, x, k, vf, of_kernel)
      local nd = tonumber(name:match('%d'))
      if x:dim() == nd and k:dim() == nd then return plane_back(name, g, x, k, vf, of_kernel) end
      local planes = {}
      local function one(o, i) return plane_back(name, g:select(1, o), x:select(1, i), k:dim() == nd + 1 and k:select(1, i) or k:select(1, o):select(1, i), vf, of_kernel) end
      if k:dim() == nd + 1 then
         for i = 1, x:size(1) do planes[i] = one(i, i) end
         return stacked(planes)
      end
      if of_kernel then
         for o = 1, k:size(1) do
            planes[o] = {}
            for i = 1, k:size(2) do planes[o][i] = one(o, i) end
            planes[o] = stacked(planes[o])
         end
         return stacked(planes)
      end
      for i = 1, k:size(2) do
         planes[i] = {}
         for o = 1, k:size(1) do planes[i][o] = one(o, i) end
         planes[i] = sum_of(planes[i])
      end
      return stacked(planes)
   end
   function F.conv_back_t(name, g, x, k, vf) return conv_back(name, g, x, k, vf, false) end
   function F.conv_back_k(name, g, x, k, vf) return conv_back(name, g, x, k, vf, true) end
end
