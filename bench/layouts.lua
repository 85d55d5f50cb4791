package.path = (arg[0]:match('^(.*)/') or '.') .. '/lib/?.lua;' .. package.path
local bench = require 'harness'
local rows = require 'rows'

-- Pointwise operations and reductions of floats by size and by how the input lies in memory. The result exists
-- already and is contiguous. Limit, of large inputs: reading them; for pointwise ones, contiguous, a copy or sum.

local heights, widths = {[10] = 2, [1000] = 25, [1e5] = 316, [1e7] = 3162}, {[10] = 5, [1000] = 40, [1e5] = 316, [1e7] = 3162}

-- Made for height x width: ours and the peer's.
local layouts = {
   {'contiguous', 'torch.FloatTensor(%d, %d):uniform(0.5, 1)', 'torch.rand(%d, %d) / 2 + 0.5', false},
   {'transposed', 'torch.FloatTensor(%d, %d):uniform(0.5, 1):t()', '(torch.rand(%d, %d) / 2 + 0.5).t()', true},
   {'narrowed', 'torch.FloatTensor(%d, %d + 7):uniform(0.5, 1):narrow(2, 4, %d)',
    '(torch.rand(%d, %d + 7) / 2 + 0.5)[:, 3:3 + %d]', false},
   {'expanded', 'torch.FloatTensor(1, %d):uniform(0.5, 1):expand(%d, %d)',
    '(torch.rand(1, %d) / 2 + 0.5).expand(%d, %d)', 'row'},
}
local function made(layout, rows_, columns)
   local L, P, how = layout[2], layout[3], layout[4]
   if how == true then return L:format(columns, rows_), P:format(columns, rows_) end
   if how == 'row' then return L:format(columns, rows_, columns), P:format(columns, rows_, columns) end
   return L:format(rows_, columns, columns), P:format(rows_, columns, columns)
end

local pointwise = {
   {'add', 'torch.add(r, x, y)', 'torch.add(x, y, out=r)'}, {'add 1', 'torch.add(r, x, 1)', 'torch.add(x, 1, out=r)'},
   {'cmul', 'torch.cmul(r, x, y)', 'torch.mul(x, y, out=r)'}, {'cdiv', 'torch.cdiv(r, x, y)', 'torch.div(x, y, out=r)'},
   {'exp', 'torch.exp(r, x)', 'torch.exp(x, out=r)'}, {'tanh', 'torch.tanh(r, x)', 'torch.tanh(x, out=r)'},
   {'sqrt', 'torch.sqrt(r, x)', 'torch.sqrt(x, out=r)'}, {'pow 2.5', 'torch.pow(r, x, 2.5)', 'torch.pow(x, 2.5, out=r)'},
   {'lt', 'torch.lt(b, x, y)', 'torch.lt(x, y, out=b)'}, {'cmax', 'torch.cmax(r, x, y)', 'torch.maximum(x, y, out=r)'},
   {'clamp', 'torch.clamp(r, x, 0.6, 0.9)', 'torch.clamp(x, 0.6, 0.9, out=r)'},
   {'addcmul', 'torch.addcmul(r, x, 2, x, y)', 'torch.addcmul(x, x, y, value=2, out=r)'},
}
local reductions = {
   {'sum of all', 'x:sum()', 'x.sum()'}, {'mean of all', 'x:mean()', 'x.mean()'}, {'max of all', 'x:max()', 'x.max()'},
   {'norm', 'x:norm()', 'x.norm()'}, {'std of all', 'x:std()', 'x.std()'}, {'prod of all', 'x:prod()', 'x.prod()'},
   {'sum, dim 1', 'torch.sum(s, x, 1)', 'torch.sum(x, 0, keepdim=True)'}, {'sum, dim 2', 'torch.sum(s, x, 2)',
    'torch.sum(x, 1, keepdim=True)'},
   {'max, dim 1', 'torch.max(s, k, x, 1)', 'torch.max(x, 0, keepdim=True)'}, {'max, dim 2', 'torch.max(s, k, x, 2)',
    'torch.max(x, 1, keepdim=True)'},
   {'var, dim 1', 'torch.var(s, x, 1)', 'torch.var(x, 0, keepdim=True)'}, {'var, dim 2', 'torch.var(s, x, 2)',
    'torch.var(x, 1, keepdim=True)'},
   {'cumsum, dim 1', 'torch.cumsum(r, x, 1)', 'torch.cumsum(x, 0, out=r)'}, {'cumsum, dim 2', 'torch.cumsum(r, x, 2)',
    'torch.cumsum(x, 1, out=r)'},
}
local orders = {
   {'sort', 'torch.sort(r, k, x)', 'torch.sort(x)'}, {'topk 2', 'torch.topk(s, k, x, 2)',
    'torch.topk(x, 2, largest=False)'},
   {'kthvalue 2', 'torch.kthvalue(s, k, x, 2)', 'torch.kthvalue(x, 2)'}, {'median', 'torch.median(s, k, x)',
    'torch.median(x, 1)'},
}

local function family(title, list, size, limits)
   local height, width = heights[size], widths[size]
   for _, layout in ipairs(layouts) do
      local cases = {}
      local L, P = made(layout, height, width)
      local ours = ('local x, y = %s, %s local r, b, s, k = torch.FloatTensor(%d, %d), torch.ByteTensor(), torch.FloatTensor(), torch.LongTensor()')
         :format(L, L, height, width)
      local peer = ('x, y = %s, %s\nr, b = torch.empty(%d, %d), torch.empty(%d, %d, dtype=torch.bool)'):format(P, P,
         height, width, height, width)
      for _, op in ipairs(list) do
         local bound = size == 1e7 and limits and limits(op[2], layout[1])
         cases[#cases + 1] = {('%s, %g, %s'):format(op[1], size, layout[1]), ours, op[2], peer, op[3],
            limit = bound and bound(height * width)}
      end
      bench.run(('%s, %g floats, %s'):format(title, size, layout[1]), rows(cases))
   end
end

for _, size in ipairs{10, 1000, 1e5, 1e7} do
   family('Pointwise', pointwise, size, function(code, layout) return layout == 'contiguous' and (code:find('y') and bench.add or bench.copy) end)
   family('Reductions', reductions, size, function(_, layout) return layout ~= 'expanded' and bench.read end)
   if size < 1e7 then family('Order', orders, size) end
end
