--- Tensors and storages on a GPU as Lua sees them, beside their CPU kin: construction, conversion,
-- elements, views, text, operators. The operations are test_table.lua's. THC in the environment says on what.
require 'cutorch'
local here = arg[0]:match('^(.*)/') or '.'
local check = dofile(here .. '/../lua/check.lua')
local ffi = require 'ffi'
local eq, ok, err = check.eq, check.ok, check.error

-- ORDER TYPES
local types = {} -- that GPUs have
for _, t in ipairs(require('libtorch').types) do types[#types + 1] = t.gpu and t.name end
local floating = {Float = true, Double = true, Half = true}
local function gpu_name(type_) return type_ == 'Float' and 'Cuda' or 'Cuda' .. type_ end
local function cpu(type_) return torch[type_ .. 'Tensor'] end
local function gpu(type_) return torch[gpu_name(type_) .. 'Tensor'] end
local function cpu_storage(type_) return torch[type_ .. 'Storage'] end
local function gpu_storage(type_) return torch[gpu_name(type_) .. 'Storage'] end

local function sizes(x) return table.concat(x:size():totable(), 'x') end
local function list(x) return x:dim() == 0 and {} or x:double():contiguous():view(-1):totable() end

local function same(a, b) -- lists of numbers; NaN is NaN
   if #a ~= #b then return false end
   for i = 1, #a do
      if not (a[i] == b[i] or (a[i] ~= a[i] and b[i] ~= b[i])) then return false end
   end
   return true
end

--- A GPU tensor has the class, sizes and elements of a CPU tensor.
local function twins(got, expected, what)
   local type_ = torch.typename(expected):match('^torch%.(%a+)Tensor$')
   local why
   if torch.typename(got) ~= 'torch.' .. gpu_name(type_) .. 'Tensor' then why = 'is a ' .. torch.type(got)
   elseif sizes(got) ~= sizes(expected) then why = 'sizes ' .. sizes(got) .. ', expected ' .. sizes(expected)
   elseif not same(list(got), list(expected)) then
      why = 'elements ' .. table.concat(list(got), ' ') .. ', expected ' .. table.concat(list(expected), ' ')
   end
   return ok(not why, what .. (why and ': ' .. why or ''))
end

-- ---- construction ----

for _, type_ in ipairs(types) do
   local C, G, name = cpu(type_), gpu(type_), gpu_name(type_)
   eq(torch.typename(G()), 'torch.' .. name .. 'Tensor', name .. '()')
   eq(G():dim(), 0, name .. '() is empty')
   eq(sizes(G(2, 3)), '2x3', name .. '(2, 3)')
   eq(sizes(G(2, 1, 1, 3)), '2x1x1x3', name .. '(2, 1, 1, 3)')
   eq(sizes(G(torch.LongStorage{4, 2})), '4x2', name .. '(LongStorage)')
   local x = G(torch.LongStorage{2, 3}, torch.LongStorage{1, 2})
   eq({x:stride(1), x:stride(2)}, {1, 2}, name .. '(LongStorage, LongStorage) takes strides')
   local deep = {{{1, 2, 3}, {4, 5, 6}}, {{7, 8, 9}, {10, 11, 12}}}
   twins(G(deep), C(deep), name .. '(nested tables)')
   twins(G{1.9, 2.5, 3}, C{1.9, 2.5, 3}, name .. '(table) converts as the CPU does')
   twins(G{-1.9, 300, 70000}, C{-1.9, 300, 70000}, name .. '(table) wraps as the CPU does')
   eq(G{}:dim(), 0, name .. '{} is empty')
   err(function() G{1, 'x'} end, 'not a number', name .. ' refuses text in a table')
   err(function() G{{1, 2}, {3}} end, 'invalid tensor sizes', name .. ' refuses a ragged table')
   err(function() G{{}} end, 'empty table', name .. ' refuses an empty table inside')
   eq(G(-1):dim(), C(-1):dim(), name .. '(-1)')
   err(function() G(C(2)) end, 'expected', name .. ' does not take a CPU tensor')
   err(function() G('2') end, 'expected', name .. ' does not take text')

   local s = gpu_storage(type_){1, 2, 3, 4, 5, 6}
   local t = cpu_storage(type_){1, 2, 3, 4, 5, 6}
   twins(G(s), C(t), name .. '(storage)')
   twins(G(s, 3), C(t, 3), name .. '(storage, offset)')
   twins(G(s, 2, 2, 2, 2, 1), C(t, 2, 2, 2, 2, 1), name .. '(storage, offset, size, stride, size, stride)')
   twins(G(s, 1, torch.LongStorage{3, 2}, torch.LongStorage{1, 3}), C(t, 1, torch.LongStorage{3, 2}, torch.LongStorage{1, 3}),
      name .. '(storage, offset, sizes, strides)')
   if type_ ~= 'Long' then err(function() G(cpu_storage(type_)(3)) end, 'expected', name .. ' does not lie in a CPU storage') end
   local y = G(s)
   twins(G(y), C(t), name .. '(tensor)')
   G(y)[1] = 9
   eq(y[1], 9, name .. '(tensor) shares memory')
   eq(torch.typename(y.new()), torch.typename(y), name .. '.new()')
   twins(y.new{1, 2}, C{1, 2}, name .. '.new(table)')
   eq(y:getDevice(), cutorch.getDevice(), name .. ' is on the current GPU')
   eq(G():getDevice(), 0, name .. '() is on none')
   eq(y:elementSize(), C():elementSize(), name .. ':elementSize()')
end

-- ---- conversion ----

local awkward = {
   Byte = {0, 1, 2, 127, 128, 255}, Char = {0, 1, -1, 127, -128}, Short = {0, -1, 300, 32767, -32768},
   Int = {0, -1, 70000, 2 ^ 31 - 1, -2 ^ 31}, Long = {0, -1, 2 ^ 40 + 3, 2 ^ 53, -2 ^ 53, 16777217},
   Float = {0, 0.5, -1.5, 2.5, 3.99, -3.99, 1e-3, 100.25}, Double = {0, 0.1, -0.9, 1.5, 127.999, -127.999, 1e-3, 1 / 3},
   Half = {0, 0.5, -1.5, 2.5, 3.99, -3.99, 100.25, 1e-3},
}
-- rounding ties of half and float, infinities; they stay among the floating-point types
local rounding = {1 / 0, -1 / 0, 0 / 0, 65504, 65520, 65519.99, 2 ^ -24, 2 ^ -25, 3 * 2 ^ -26, 1 + 2 ^ -11, 1 + 3 * 2 ^ -11, 1e30, 16777217, -0.1}
-- beyond the range of the smaller integers, which wrap
local wrapping = {255, 256, 300, -1, -129, 65535, 65536 + 7, 2 ^ 31 - 1, -2 ^ 31}

local function method_of(name) return (name:gsub('^%a', string.lower)) end

local function check_conversion(from, to, values, what)
   local x = cpu(from)(values)
   local expected = x:type('torch.' .. to .. 'Tensor')
   local on_gpu = x:type('torch.' .. gpu_name(from) .. 'Tensor')
   twins(on_gpu, x, what .. ' to the GPU')
   twins(on_gpu:type('torch.' .. gpu_name(to) .. 'Tensor'), expected, what .. ' on the GPU')
   twins(x:type('torch.' .. gpu_name(to) .. 'Tensor'), expected, what .. ' on the way to the GPU')
   local back = on_gpu:type('torch.' .. to .. 'Tensor')
   ok(torch.typename(back) == 'torch.' .. to .. 'Tensor' and same(list(back), list(expected)), what .. ' on the way to the CPU')
   twins(gpu(to)(#values):copy(on_gpu), expected, what .. ', copied')
   local methods = {gpu_name(to) == 'Cuda' and 'cuda' or method_of(gpu_name(to)), to:lower()}
   twins(x[methods[1]](x), expected, what .. ', x:' .. methods[1] .. '()')
   twins(on_gpu[methods[1]](on_gpu), expected, what .. ', gpu:' .. methods[1] .. '()')
   eq(torch.typename(on_gpu[methods[2]](on_gpu)), 'torch.' .. to .. 'Tensor', what .. ', gpu:' .. methods[2] .. '()')
end

-- Types that GPUs lack come from there and go there by way of a type that both have.
for _, t in ipairs(require('libtorch').types) do
   if not t.gpu then
      eq(torch['Cuda' .. t.name .. 'Tensor'], nil, 'no ' .. t.name .. ' on GPUs')
      for _, type_ in ipairs(types) do
         local x = cpu(type_){{1, 0, 2}, {0, 1, 1}}
         local here, method = x:type('torch.' .. t.name .. 'Tensor'), t.name:lower()
         local what = ', ' .. type_ .. ' and ' .. t.name
         local there = x:type('torch.' .. gpu_name(type_) .. 'Tensor')
         eq(list(there[method](there)), list(here), 'from a GPU' .. what)
         eq(list(there:t()[method](there:t())), list(here:t()), 'from a GPU, transposed' .. what)
         local target = cpu(t.name)(3, 2):zero()
         target:t():copy(there)
         eq(list(target:t()), list(here), 'into a transposed tensor' .. what)
         eq(list(gpu(type_)(2, 3):copy(here)), list(here), 'to a GPU' .. what)
         eq(list(here:type(there:type())), list(here), 'to a GPU, by name' .. what)
         local storage = torch[t.name .. 'Storage'](6):copy(there:storage())
         eq(storage:totable(), here:storage():totable(), 'storages' .. what)
      end
   end
end

for _, from in ipairs(types) do
   for _, to in ipairs(types) do
      local what = from .. ' to ' .. to
      local values = awkward[from]
      if floating[from] and to == 'Byte' then -- a negative number as a byte is anybody's
         local positive = {}
         for _, v in ipairs(values) do positive[#positive + 1] = math.abs(v) end
         values = positive
      end
      check_conversion(from, to, values, what)
      if floating[from] and floating[to] then check_conversion(from, to, rounding, what .. ', rounding') end
      if not floating[from] and not floating[to] then check_conversion(from, to, wrapping, what .. ', wrapping') end

      local x = cpu(from)(5, 7)
      for i = 1, 35 do x:storage()[i] = i end
      local on_gpu = x:type('torch.' .. gpu_name(from) .. 'Tensor')
      local G, expected = 'torch.' .. gpu_name(to) .. 'Tensor', x:type('torch.' .. to .. 'Tensor')
      twins(on_gpu:t():type(G), expected:t(), what .. ', transposed')
      twins(x:t():type(G), expected:t(), what .. ', transposed, from the CPU')
      twins(on_gpu:narrow(2, 3, 4):type(G), expected:narrow(2, 3, 4), what .. ', narrowed')
      twins(on_gpu:select(2, 3):type(G), expected:select(2, 3), what .. ', a column')
      local target = gpu(to)(7, 5):fill(1):t()
      target:copy(on_gpu)
      twins(target, expected, what .. ' into a transposed tensor')
      local column = gpu(to)(5, 2):fill(1)
      column:select(2, 2):copy(x:select(2, 3))
      eq(list(column), {1, 3, 1, 10, 1, 17, 1, 24, 1, 31}, what .. ' into a column, from the CPU')
      local host = cpu(to)(5, 2):fill(1)
      host:select(2, 1):copy(on_gpu:select(2, 3))
      eq(list(host), {3, 1, 10, 1, 17, 1, 24, 1, 31, 1}, what .. ' into a column of the CPU')
      eq(gpu(from)():type(G):dim(), 0, what .. ', empty')
      eq(cpu(from)():type(G):dim(), 0, what .. ', empty, from the CPU')
      eq(gpu(from)():type('torch.' .. to .. 'Tensor'):dim(), 0, what .. ', empty, to the CPU')
   end
end
do
   local x = torch.CudaTensor{1, 2}
   ok(rawequal(x:cuda(), x), 'x:cuda() of a CudaTensor is x')
   eq(x:type(), 'torch.CudaTensor', 'x:type()')
   ok(rawequal(x:type('torch.CudaTensor'), x), 'x:type of its own type is x')
   eq(torch.typename(torch.FloatTensor(2):typeAs(x)), 'torch.CudaTensor', 'typeAs')
   err(function() x:type('torch.NoTensor') end, 'unknown tensor type', 'x:type of no type')
   twins(torch.FloatTensor(2, 3):fill(3):cuda():expand(2, 3), torch.FloatTensor(2, 3):fill(3), 'expand to its own size')
   local wide = torch.CudaTensor{{1}, {2}}:expand(2, 3)
   eq(list(wide:float()), {1, 1, 1, 2, 2, 2}, 'an expanded tensor goes to the CPU')
   eq(list(torch.FloatTensor{{1}, {2}}:expand(2, 3):cuda()), {1, 1, 1, 2, 2, 2}, 'an expanded tensor goes to the GPU')
   err(function() x:copy(torch.FloatTensor(3)) end, 'inconsistent tensor size', 'copy of another count')
   eq(torch.CudaLongTensor{2 ^ 53 - 1}:long()[1], 2 ^ 53 - 1, 'a Long keeps its bits')
end

-- ---- elements ----

for _, type_ in ipairs(types) do
   local name = gpu_name(type_)
   local function pair()
      local x = cpu(type_ == 'Half' and 'Float' or type_)(3, 4)
      for i = 1, 12 do x:storage()[i] = i end
      return x, x:type('torch.' .. name .. 'Tensor')
   end
   local function holds(x, y, what) ok(same(list(x), list(y)) and sizes(x) == sizes(y), name .. ' ' .. what) end
   local x, y = pair()
   eq(y[2][3], 7, name .. ' x[2][3]')
   eq(y[{2, 3}], 7, name .. ' x[{2, 3}]')
   eq(y[{-1, -1}], 12, name .. ' x[{-1, -1}]')
   eq(y[torch.LongStorage{3, 1}], 9, name .. ' x[LongStorage]')
   holds(x[2], y[2], 'x[2]')
   holds(x[{{}, 2}], y[{{}, 2}], 'x[{{}, 2}]')
   holds(x[{{2, 3}, {1, 2}}], y[{{2, 3}, {1, 2}}], 'x[{{2, 3}, {1, 2}}]')
   holds(x[{2}], y[{2}], 'x[{2}]')
   holds(x[{}], y[{}], 'x[{}]')
   y[2][3], x[2][3] = 50, 50
   y[{1, 1}], x[{1, 1}] = 51, 51
   y[{3, {2, 3}}], x[{3, {2, 3}}] = 52, 52
   y[1], x[1] = 7, 7
   holds(x, y, 'numbers assigned')
   y[{{}, 4}] = torch.LongTensor{1, 2, 3}
   x[{{}, 4}] = torch.LongTensor{1, 2, 3}
   y[2] = y[3]
   x[2] = x[3]
   holds(x, y, 'tensors assigned, also of the CPU')
   if type_ ~= 'Half' then
      local mask = x:gt(7)
      local gpu_mask = y:gt(7)
      eq(torch.typename(gpu_mask), 'torch.CudaByteTensor', name .. ' masks are CudaByteTensors')
      holds(x[mask], y[gpu_mask], 'x[mask]')
      x[mask], y[gpu_mask] = 3, 3
      holds(x, y, 'x[mask] = number')
      local few = x.new{9, 8, 7, 6, 5, 4, 3, 2, 1, 1, 1, 1}
      x[x:eq(3)], y[y:eq(3)] = few, few:type('torch.' .. name .. 'Tensor')
      holds(x, y, 'x[mask] = tensor')
      err(function() return y[mask] end, '', name .. ' refuses a mask of the CPU')
      err(function() y[mask] = 1 end, '', name .. ' refuses to write by a mask of the CPU')
      err(function() x[gpu_mask] = 1 end, '', type_ .. ' refuses a mask of the GPU')
   end
   for _, bad in ipairs{0, 4, -4, 0 / 0, 1 / 0, 2 ^ 53} do
      err(function() return y[bad] end, 'out of range', name .. ' x[' .. bad .. ']')
      err(function() y[bad] = 1 end, 'out of range', name .. ' x[' .. bad .. '] = 1')
      err(function() return y[{bad, 1}] end, 'out of range', name .. ' x[{' .. bad .. ', 1}]')
   end
   err(function() return y[{1, 2, 3}] end, 'too many indices', name .. ' too many indices')
   err(function() return y.new()[1] end, 'empty', name .. ' of no elements')
   err(function() y[1] = 'x' end, 'expected', name .. ' x[1] = text')
   err(function() y.nothing = 1 end, 'cannot be indexed', name .. ' has no such field')
   eq(y.nothing, nil, name .. ' unknown field')
   eq(y:totable(), x:totable(), name .. ':totable()')
   eq(y:t():totable(), x:t():totable(), name .. ':t():totable()')
   eq(y.new():totable(), {}, name .. '():totable()')

   local z = y:clone():t()
   local expected = x:clone():t()
   local seen = {}
   z:apply(function(v)
      seen[#seen + 1] = v
      if v > 3 then return v + 1 end
   end)
   eq(seen, list(expected), name .. ':apply sees the elements in order')
   expected:apply(function(v) if v > 3 then return v + 1 end end)
   holds(expected, z, 'apply')
   err(function() z:apply(1) end, 'function expected', name .. ':apply(1)')
   err(function() z:apply(function() return {} end) end, 'number', name .. ':apply of a function that gives tables')
   eq(y.new():apply(function() return 1 end):dim(), 0, name .. '():apply')
end

-- ---- text ----

local printed = {
   {1, 2, 3}, {{1, 2}, {3, 4}}, {0.5, 100.25, 3}, {1e-3, 1e6}, {{{1, 2}, {3, 4}}, {{5, 6}, {7, 8}}}, {-1, 0, 1}, {0 / 0, 1}, {1 / 0, 2},
}
for _, type_ in ipairs(types) do
   local name = gpu_name(type_)
   for i, values in ipairs(printed) do
      local whole = not tostring(cpu('Double')(values)):find('nan') and not tostring(cpu('Double')(values)):find('inf')
      if floating[type_] or whole then
         local x = cpu(type_)(values)
         local y = gpu(type_)(values)
         eq((tostring(y):gsub('torch%.' .. name .. 'Tensor', 'torch.' .. type_ .. 'Tensor')), tostring(x), name .. ' text ' .. i)
         eq((tostring(y:storage()):gsub('torch%.' .. name .. 'Storage', 'torch.' .. type_ .. 'Storage')), tostring(x:storage()),
            name .. ' storage text ' .. i)
      end
   end
   eq(tostring(gpu(type_)()), '[torch.' .. name .. 'Tensor with no dimension]\n', name .. ' text of nothing')
   local wide = cpu(type_)(3, 50):fill(1)
   eq((tostring(wide:type('torch.' .. name .. 'Tensor'):t()):gsub('torch%.' .. name .. 'Tensor', 'torch.' .. type_ .. 'Tensor')),
      tostring(wide:t()), name .. ' text of a transposed tensor')
end

-- ---- operators ----

for _, type_ in ipairs{'Byte', 'Char', 'Short', 'Int', 'Long', 'Float', 'Double'} do
   local a, b = cpu(type_){{1, 2, 3}, {4, 5, 6}}, cpu(type_){{6, 5, 4}, {3, 2, 1}}
   local x, y = gpu(type_){{1, 2, 3}, {4, 5, 6}}, gpu(type_){{6, 5, 4}, {3, 2, 1}}
   local name = gpu_name(type_)
   local cases = {
      ['a + b'] = function(p, q) return p + q end, ['a - b'] = function(p, q) return p - q end,
      ['a + 2'] = function(p) return p + 2 end, ['2 + a'] = function(p) return 2 + p end,
      ['a - 2'] = function(p) return p - 2 end, ['9 - a'] = function(p) return 9 - p end,
      ['-a'] = function(p) return -p end, ['a * 3'] = function(p) return p * 3 end, ['3 * a'] = function(p) return 3 * p end,
      ['a / 2'] = function(p) return p / 2 end, ['a % 2'] = function(p) return p % 2 end,
      ['a:t() + b:t()'] = function(p, q) return p:t() + q:t() end,
   }
   for text, f in pairs(cases) do twins(f(x, y), f(a, b), name .. ' ' .. text) end
   twins(x, a, name .. ' operators leave their operands')
   err(function() return x * {} end, '', name .. ' times a table')
   err(function() return x / y end, 'number expected', name .. ' / tensor')
   err(function() return x + a end, 'lives on the', name .. ' + a CPU tensor says which lives where')
   err(function() return a + x end, 'lives on the', 'a CPU tensor + ' .. name .. ' says which lives where')
   eq(#x:size(), 2, name .. ' #size')
end
for _, type_ in ipairs{'Float', 'Double', 'Half'} do
   local name = gpu_name(type_)
   local v, m = gpu(type_){1, 2, 3}, gpu(type_){{1, 2, 3}, {4, 5, 6}}
   eq(v * v, 14, name .. ' dot by *')
   eq(list(m * v), {14, 32}, name .. ' mv by *')
   eq(list(m * m:t()), {14, 32, 32, 77}, name .. ' mm by *')
   err(function() return v * m end, 'not yet supported', name .. ' vector * matrix')
   eq(list(-v + v * 2), {1, 2, 3}, name .. ' arithmetic')
end

err(function() cutorch.test('nosuch') end, "cutorch.test: there is no suite 'nosuch'", 'cutorch.test knows its suites')

-- ---- functions of Lua for each element, methods of the original ----

for _, type_ in ipairs{'Float', 'Int', 'Half'} do
   local a, b = gpu(type_){1, 2, 3}, gpu(type_){4, 5, 6}
   eq(list(a:map(b, function(x, y) return x * y end)), {4, 10, 18}, type_ .. ': map')
   eq(list(a:map2(b, b, function(x, y, z) return x - y - z end)), {-4, 0, 6}, type_ .. ': map2')
end
err(function() torch.CudaTensor(2):map(3, print) end, 'map: torch.Cuda%*Tensor expected', 'map of a number')
do
   local m = torch.CudaTensor{{2, 0}, {0, 4}}
   eq(list(m:inverse()), {0.5, 0, 0, 0.25}, 'inverse as a method')
   eq(list(m:potrf('U')), list(torch.potrf(m, 'U')), 'potrf as a method')
   eq(list(torch.maskedSelect(m, m:gt(0))), {2, 4}, 'torch.maskedSelect')
   torch.maskedFill(m, m:gt(3), 7)
   eq(list(m), {2, 0, 0, 7}, 'torch.maskedFill')
end

-- ---- positions and masks out of range: nobody waits for a look at them ----

do
   local x = torch.CudaTensor{{1, 2}, {3, 4}, {5, 6}}
   local later = os.getenv('THC_SYNC') ~= '1'
   local function faulty(what, f, message, where)
      local called = pcall(f)
      eq(called, later, what .. ': the call itself raises with THC_SYNC=1 only')
      if not later then return end
      err(function() return x:sum() end, message .. where .. ', in a call before this one', what .. ': what waits next raises it')
      eq(x:sum(), 21, what .. ': once')
   end
   local bad = torch.CudaLongTensor{2, 1, 4}
   faulty('index', function() x:index(1, bad) end, 'indexSelect: index 4 out of range, expected 1 to 3', ': element 3')
   faulty('indexFill', function() x:clone():indexFill(1, bad, 0) end, 'indexFill: index 4 out of range, expected 1 to 3', ': element 3')
   faulty('indexAdd', function() x:clone():indexAdd(1, bad, x) end, 'indexAdd: index 4 out of range', '.*element 3')
   faulty('indexCopy', function() x:clone():indexCopy(1, torch.CudaLongTensor{0, 1, 2}, x) end, 'indexCopy: index 0 out of range', '.*element 1')
   faulty('gather', function() x:gather(1, torch.CudaLongTensor{{1, -7}}) end, 'gather: index %-7 out of range', '.*element 2')
   faulty('scatter', function() x:clone():scatter(1, torch.CudaLongTensor{{1, 9}}, x) end, 'scatter: index 9 out of range', '.*element 2')
   faulty('scatterAdd', function() x:clone():scatterAdd(1, torch.CudaLongTensor{{1, 9}}, x) end, 'scatterAdd: index 9 out of range', '.*element 2')
   faulty('maskedFill', function() x:clone():maskedFill(torch.CudaByteTensor{{0, 1}, {2, 0}, {0, 0}}, 3) end,
      'Mask tensor can take 0 and 1 values only, got 2', ': element 3')
   if later then
      local r = torch.CudaTensor(3, 2):fill(7)
      r:index(x, 1, bad)
      err(function() cutorch.synchronize() end, 'index 4 out of range', 'synchronize raises it')
      eq(list(r), {3, 4, 1, 2, 7, 7}, 'what is out of range is left out')
      local many = torch.CudaLongTensor(5000):fill(1)
      many[4000] = 77
      torch.CudaTensor(3):zero():indexAdd(1, many, torch.CudaTensor(5000):fill(1))
      err(function() return x:float() end, 'indexAdd: index 77 out of range, expected 1 to 3: element 4000', 'of many')
   end
end

-- ---- positions of either side ----

for _, type_ in ipairs{'Float', 'Int', 'Half'} do
   local name = gpu_name(type_)
   local x = gpu(type_){{1, 2}, {3, 4}, {5, 6}}
   for _, at in ipairs{torch.LongTensor{3, 1}, torch.CudaLongTensor{3, 1}, gpu(type_){3, 1}} do
      local how = name .. ' by a ' .. torch.typename(at)
      eq(list(x:index(1, at)), {5, 6, 1, 2}, how .. ': index')
      local r = x.new()
      r:index(x, 1, at)
      eq(list(r), {5, 6, 1, 2}, how .. ': result:index')
      local function changed(f)
         local y = x:clone()
         f(y)
         return list(y)
      end
      eq(changed(function(y) y:indexFill(1, at, 9) end), {9, 9, 3, 4, 9, 9}, how .. ': indexFill')
      eq(changed(function(y) y:indexCopy(1, at, x:narrow(1, 1, 2)) end), {3, 4, 3, 4, 1, 2}, how .. ': indexCopy')
      eq(changed(function(y) y:indexAdd(1, at, x:narrow(1, 1, 2)) end), {4, 6, 3, 4, 6, 8}, how .. ': indexAdd')
      local each = at:view(2, 1):expand(2, 2)
      eq(list(x:gather(1, each)), {5, 6, 1, 2}, how .. ': gather')
      eq(list(x:clone():scatter(1, each, 9)), {9, 9, 3, 4, 9, 9}, how .. ': scatter')
   end
   for _, at in ipairs{torch.LongTensor{4}, torch.CudaLongTensor{0}, torch.CudaLongTensor{2 ^ 40}} do
      err(function()
         x:index(1, at)
         cutorch.synchronize()
      end, 'out of', name .. ' index out of range')
   end
end

-- ---- views, resizing ----

for _, type_ in ipairs(types) do
   local name = gpu_name(type_)
   local x = gpu(type_)(4, 6):fill(0)
   local views = {select = x:select(1, 2), narrow = x:narrow(2, 2, 3), t = x:t(), view = x:view(24), unfold = x:unfold(2, 2, 2),
      transpose = x:transpose(1, 2), sub = x:sub(1, 2), split = x:split(2, 1)[1], chunk = x:chunk(2, 2)[2], permute = x:permute(2, 1),
      squeeze = x:view(4, 1, 6):squeeze(), viewAs = x:viewAs(gpu(type_)(6, 4)), new = x.new(x)}
   for how, view in pairs(views) do
      x:fill(0)
      view:fill(1)
      local n = view:nElement()
      eq(x:double():sum(), how == 'unfold' and 24 or n, name .. ':' .. how .. ' shares memory')
      eq(view:getDevice(), x:getDevice(), name .. ':' .. how .. ' stays on its GPU')
   end
   ok(x:isSetTo(x.new():set(x)), name .. ':set')
   eq(torch.pointer(x:storage()), torch.pointer(x:t():storage()), name .. ': views have one storage')
   local y = gpu(type_){1, 2, 3, 4}
   y:resize(2, 2)
   eq(list(y), {1, 2, 3, 4}, name .. ':resize keeps the elements')
   y:resize(100)
   y:narrow(1, 5, 96):fill(5)
   eq({y[1], y[4], y[5], y[100]}, {1, 4, 5, 5}, name .. ': what grows keeps its elements')
   y:resize(70000)
   eq({y[1], y[4], y[5], y[100]}, {1, 4, 5, 5}, name .. ': what grows far keeps its elements')
   y:resize(2)
   eq(list(y), {1, 2}, name .. ': what shrinks keeps its elements')
   eq(y:storage():size(), 70000, name .. ': storages do not shrink')
   err(function() y:resize(2 ^ 50) end, '', name .. ' of more than memory')
   eq(list(y), {1, 2}, name .. ' survives that')
   twins(gpu(type_){{1, 2}, {3, 4}}:repeatTensor(2, 2), type_ == 'Half' and torch.FloatTensor{{1, 2}, {3, 4}}:repeatTensor(2, 2):half() or
      cpu(type_){{1, 2}, {3, 4}}:repeatTensor(2, 2), name .. ':repeatTensor')
   ok(not x:t():isContiguous() and x:t():contiguous():isContiguous(), name .. ':contiguous')
   local c = y:clone()
   c[1] = 7
   eq(y[1], 1, name .. ':clone has memory of its own')
end

-- ---- storages ----

for _, type_ in ipairs(types) do
   local name = gpu_name(type_) .. 'Storage'
   local S, H = gpu_storage(type_), cpu_storage(type_)
   local s = S{1, 2, 3}
   eq(torch.typename(s), 'torch.' .. name, name)
   eq(#s, 3, '#' .. name)
   eq(s:totable(), {1, 2, 3}, name .. '{1, 2, 3}')
   eq(S{1.5, -1, 300}:totable(), H{1.5, -1, 300}:totable(), name .. '{...} converts as the CPU does')
   eq(#S(), 0, name .. '()')
   eq(#S{}, 0, name .. '{}')
   eq(s:fill(4):totable(), {4, 4, 4}, name .. ':fill')
   s[2] = 9
   eq(s[2], 9, name .. '[2] = 9')
   for _, bad in ipairs{0, 4, -1, 0 / 0} do
      err(function() return s[bad] end, '', name .. '[' .. bad .. ']')
      err(function() s[bad] = 1 end, '', name .. '[' .. bad .. '] = 1')
   end
   eq(s:copy(H{5, 6, 7}):totable(), {5, 6, 7}, name .. ':copy from the CPU')
   eq(H(3):copy(s):totable(), {5, 6, 7}, name .. ' copied to the CPU')
   for _, other in ipairs(types) do
      eq(gpu_storage(other)(3):copy(s):totable(), {5, 6, 7}, name .. ' copied to a storage of ' .. gpu_name(other))
      eq(cpu_storage(other)(3):copy(s):totable(), {5, 6, 7}, name .. ' copied to a storage of ' .. other)
      eq(S(3):copy(cpu_storage(other){1, 2, 3}):totable(), {1, 2, 3}, name .. ' copied from a storage of ' .. other)
   end
   err(function() s:copy(H(2)) end, 'size mismatch', name .. ':copy of another size')
   s:resize(1000)
   eq({#s, s[1], s[3]}, {1000, 5, 7}, name .. ':resize keeps')
   s:resize(2)
   eq(s:totable(), {5, 6}, name .. ':resize down')
   s:resize(0)
   eq(#s, 0, name .. ':resize(0)')
   local whole = S{1, 2, 3, 4}
   local part = S(whole, 2, 2)
   eq(part:totable(), {2, 3}, name .. '(storage, offset, size) is a view')
   part:fill(8)
   eq(whole:totable(), {1, 8, 8, 4}, name .. '(storage, offset, size) shares memory')
   eq(whole:getDevice(), cutorch.getDevice(), name .. ':getDevice')
   err(function() S{1, 'x'} end, 'not a number', name .. ' refuses text')
   err(function() S(H(2)) end, 'expected', name .. ' refuses a CPU storage')
   err(function() S(arg[0]) end, 'cannot be mapped', name .. ' refuses a file')
   if type_ == 'Byte' or type_ == 'Char' then
      local text = S()
      eq(text:string('hello'):string(), 'hello', name .. ':string')
      eq(#text, 5, name .. ':string resizes')
      eq(S():string(), '', name .. '():string()')
   else
      err(function() return whole:string() end, 'only for Byte and Char', name .. ':string')
   end
end

-- ---- addresses ----

do
   local x = torch.CudaTensor(10):fill(1)
   ok(x:data() ~= nil and x:data(true) ~= nil, 'x:data()')
   eq(tonumber(x:narrow(1, 3, 2):data(true) - x:data(true)), 8, 'x:data() counts the offset')
   eq(torch.CudaTensor():data(), nil, 'data of nothing')
   ok(tostring(ffi.typeof(x:data())):find('float'), 'x:data() is a float *')
   ok(tostring(ffi.typeof(x:cdata())):find('CudaTensor'), 'x:cdata() is the struct')
   eq(tonumber(x:cdata().nDimension), 1, 'x:cdata() reads')
   eq(tonumber(x:cdata().storage.device), x:getDevice(), 'the storage says its GPU')
   eq(tonumber(x:storage():cdata().size), 10, 's:cdata() reads')
   ok(x:storage():data(true) == x:data(true), 's:data()')
   eq(tonumber(torch.data(x, true)), tonumber(x:data(true)), 'torch.data')
end

-- ---- the default type, testers, help ----

do
   torch.setdefaulttensortype('torch.CudaTensor')
   eq(torch.typename(torch.Tensor(2)), 'torch.CudaTensor', 'torch.Tensor of the default type')
   eq(torch.typename(torch.zeros(2)), 'torch.CudaTensor', 'torch.zeros of the default type')
   eq(torch.typename(torch.ones(2, 2):float():real()), 'torch.CudaTensor', 'x:real() of the default type')
   eq(torch.typename(torch.rand(2)), 'torch.CudaTensor', 'torch.rand of the default type')
   eq(torch.typename(torch.Storage(2)), 'torch.CudaStorage', 'torch.Storage of the default type')
   eq(torch.getdefaulttensortype(), 'torch.CudaTensor', 'getdefaulttensortype')
   twins(torch.Tensor{1, 2}, torch.FloatTensor{1, 2}, 'torch.Tensor{...} of the default type')
   eq(torch.typename(torch.randperm(3)), 'torch.CudaTensor', 'torch.randperm of the default type')
   torch.setdefaulttensortype('torch.DoubleTensor')
   eq(torch.typename(torch.zeros(2)), 'torch.DoubleTensor', 'and back')

   local tester = torch.Tester()
   tester:setSummaryOnly(true)
   local held = {}
   tester:add(function()
      local x = torch.CudaTensor{1, 2}
      held[1] = tester:eq(x, torch.CudaTensor{1, 2})
      held[2] = not tester:eq(x, torch.CudaTensor{1, 3})
      held[3] = not tester:eq(x, torch.FloatTensor{1, 2})
      held[4] = tester:eq(x, torch.CudaTensor{1, 2.001}, 0.01)
      held[5] = tester:assertTensorEq(torch.CudaByteTensor{1, 255}, torch.CudaByteTensor{1, 255}, 0)
      held[6] = tester:ne(torch.CudaByteTensor{1, 255}, torch.CudaByteTensor{255, 1}, 1)
      held[7] = tester:eq(torch.CudaStorage{1, 2}, torch.CudaStorage{1, 2})
      held[8] = tester:eq({x, {x:narrow(1, 2, 1), 'a'}}, {x:clone(), {x:clone():narrow(1, 2, 1), 'a'}})
   end, 'gpu')
   check.captured(function() tester:run() end)
   for i = 1, 8 do ok(held[i], 'torch.Tester, comparison ' .. i) end

   local help = require 'torch.help'
   ok(help.lookup('torch.CudaTensor.add') and help.lookup('torch.CudaTensor') and help.lookup('torch.CudaStorage.fill'), '?torch.CudaTensor.add')
   eq(help.lookup(torch.CudaTensor(1).add), help.lookup('add'), '?x.add of a GPU tensor')
   for _, name in ipairs{'fill', 'cuda', 'getDevice', 'index', 'apply', 'totable', 'copyAsync'} do
      ok(help.lookup(torch.CudaTensor()[name]), '?x.' .. name .. ' of a GPU tensor')
   end
   for name, f in pairs(cutorch) do
      if type(f) == 'function' then ok(help.lookup('cutorch.' .. name) and help.lookup(f), '?cutorch.' .. name) end
   end
end

check.finish()
