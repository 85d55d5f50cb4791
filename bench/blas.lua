package.path = (arg[0]:match('^(.*)/') or '.') .. '/lib/?.lua;' .. package.path
local bench = require 'harness'

-- Matrix products against BLAS called directly and against the multiply-add peak.

local function matrices(n)
   return torch.FloatTensor(n, n):fill(1), torch.FloatTensor(n, n):fill(2), torch.FloatTensor(n, n):fill(0)
end
local function peer(n) return ('a = torch.ones(@, @)\nb = torch.ones(@, @)\nc = torch.ones(@, @)'):gsub('@', n) end

local cases = {}
for _, n in ipairs{64, 256, 1024} do
   local function ours()
      local a, b, c = matrices(n)
      return function(k) for _ = 1, k do torch.mm(c, a, b) end end
   end
   cases[#cases + 1] = {name = 'mm ' .. n .. ', limit: cblas_sgemm', setup = ours, peer_setup = peer(n),
      peer = 'torch.mm(a, b, out=c)', target_limit = n == 1024 and 95 or nil,
      limit = function()
         local a, b, c = matrices(n)
         return function(k) for _ = 1, k do bench.limits.bench_sgemm(a:data(), b:data(), c:data(), n) end end
      end}
end
cases[#cases + 1] = {name = 'mm 1024, limit: FMA peak', limit = bench.flops(2 * 1024 ^ 3),
   setup = function()
      local a, b, c = matrices(1024)
      return function(k) for _ = 1, k do torch.mm(c, a, b) end end
   end}
bench.run('Matrix products, floats', cases)
