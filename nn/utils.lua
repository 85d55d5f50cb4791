-- nn.utils: what modules do to nested tables of tensors.
local utils = {}
nn.utils = utils

local function istensor(x) return torch.isTensor(x) end
local function fail(name, message) error(require('libtorch').where() .. 'nn.utils.' .. name .. ': ' .. message, 0) end

--- nn.utils.recursiveType(param, type [, tensorCache]) -> param: converts tensors in nested tables, modules and
-- criterions to `type`, a tensor's type name. tensorCache keeps aliases and shared storages shared; reuse it over
-- several calls.
--
-- > nn.utils.recursiveType({torch.ones(1)}, 'torch.FloatTensor')[1]:type()
-- torch.FloatTensor
function utils.recursiveType(param, type_, tensorCache)
   tensorCache = tensorCache or {}
   if type(param) == 'table' then
      if torch.isTypeOf(param, 'nn.Module') or torch.isTypeOf(param, 'nn.Criterion') then
         param:type(type_, tensorCache)
      else
         for k, v in pairs(param) do param[k] = utils.recursiveType(v, type_, tensorCache) end
      end
      return param
   end
   if not istensor(param) or torch.typename(param) == type_ then return param end
   local converted = tensorCache[param]
   if converted then return converted end
   converted = torch.Tensor():type(type_)
   local storage = param:storage()
   if storage then
      local key = torch.pointer(storage)
      if not tensorCache[key] then
         local new = torch.getconstructortable((type_:gsub('Tensor', 'Storage')))(storage:size())
         tensorCache[key] = new:copy(storage)
      end
      converted:set(tensorCache[key], param:storageOffset(), param:size(), param:stride())
   end
   tensorCache[param] = converted
   return converted
end

--- nn.utils.long(t, input) -> LongTensor: t, a tensor of positions or classes, as Long on the side where input lives; an
-- empty one for nil.
function utils.long(t, input)
   local name = utils.onGPU(input) and 'torch.CudaLongTensor' or 'torch.LongTensor'
   return t and t:type(name) or torch.getconstructortable(name)()
end

--- nn.utils.mask(t, input) -> ByteTensor: a ByteTensor on the side where input lives.
function utils.mask(t, input)
   local kind, other = 'torch.ByteTensor', 'torch.CudaByteTensor'
   if utils.onGPU(input) then kind, other = other, kind end
   return torch.typename(t) == other and t:type(kind) or t
end

--- nn.utils.onGPU(x) -> boolean: whether x, a tensor or the name of a tensor's type, is of the GPU.
--
-- > nn.utils.onGPU(torch.ones(1))
-- false
function utils.onGPU(x) return (type(x) == 'string' and x or torch.typename(x)):sub(1, 10) == 'torch.Cuda' end

--- nn.utils.uniformRange(stdv, n) -> number: half the width of the range around 0 that reset draws from: for a standard
-- deviation, or where that is nil for n inputs of each sum.
--
-- > nn.utils.uniformRange(nil, 4)
-- 0.5
function utils.uniformRange(stdv, n) return stdv and stdv * math.sqrt(3) or 1 / math.sqrt(n) end

--- nn.utils.drawUniform(m, stdv, n): draws m's weight and bias, where it has them, from that range.
function utils.drawUniform(m, stdv, n)
   local range = utils.uniformRange(stdv, n)
   if m.weight then m.weight:uniform(-range, range) end
   if m.bias then m.bias:uniform(-range, range) end
end

--- module:noBias() -> module: the module without bias: of it and its gradient nothing is left.
--
-- > m = nn.Linear(3, 2):noBias()
-- > m.bias
-- nil
function utils.noBias(m)
   m.bias, m.gradBias = nil, nil
   return m
end

--- nn.utils.sizeOf(...) -> LongStorage: the size that constructors are given as numbers or as a LongStorage, as one of
-- its own.
--
-- > #nn.utils.sizeOf(2, 3)
-- 2
function utils.sizeOf(...)
   local size = ...
   if select('#', ...) == 1 and torch.type(size) == 'torch.LongStorage' then return torch.LongStorage(#size):copy(size) end
   return torch.LongStorage{...}
end

--- nn.utils.sizeText(t) -> string: a tensor's size as a message has it: 2 x 3.
function utils.sizeText(t) return t:dim() > 0 and table.concat(t:size():totable(), ' x ') or 'an empty tensor' end

--- nn.utils.windowText(m) -> string: a module with a window, as print shows it: nn.SpatialMaxPooling(2x2, 2,2, 1,1).
function utils.windowText(m)
   local s = string.format('%s(%dx%d, %d,%d', torch.type(m), m.kW, m.kH, m.dW, m.dH)
   if (m.padW or m.padH) and (m.padW ~= 0 or m.padH ~= 0) then s = s .. ', ' .. m.padW .. ',' .. m.padH end
   return s .. ')'
end

--- nn.utils.positiveDimension(m, x) -> number: the dimension of x that m.dimension is: negative ones count from the end, and of a
-- batch, which has a dimension more than m.nInputDims, the first is not counted.
function utils.positiveDimension(m, x)
   if m.dimension < 0 then return x:dim() + m.dimension + 1 end
   return x:dim() == (m.nInputDims or math.huge) + 1 and m.dimension + 1 or m.dimension
end

--- nn.utils.reversed(x, dim) -> tensor: a copy of x with dimension dim in the opposite order.
function utils.reversed(x, dim) return x:index(dim, torch.range(x:size(dim), 1, -1):long()) end

--- nn.utils.recursiveResizeAs(t1, t2) -> t1, t2: gives t1, a nested table of tensors, the structure and sizes of t2;
-- values are undefined.
function utils.recursiveResizeAs(t1, t2)
   if type(t2) == 'table' then
      t1 = type(t1) == 'table' and t1 or {t1}
      for k in pairs(t2) do t1[k] = utils.recursiveResizeAs(t1[k], t2[k]) end
      for k in pairs(t1) do
         if t2[k] == nil then t1[k] = nil end
      end
   elseif istensor(t2) then
      t1 = istensor(t1) and t1 or t2.new()
      if torch.typename(t1) ~= torch.typename(t2) then t1 = t1:type(torch.typename(t2)) end
      t1:resize(t2:size())
   else
      fail('recursiveResizeAs', 'expecting nested tensors or tables. Got ' .. torch.type(t1) .. ' and ' .. torch.type(t2) .. ' instead')
   end
   return t1, t2
end

--- nn.utils.recursiveFill(t, val) -> t: fills every tensor in a nested table.
function utils.recursiveFill(t, val)
   if type(t) == 'table' then
      for k, v in pairs(t) do t[k] = utils.recursiveFill(v, val) end
   elseif istensor(t) then
      t:fill(val)
   else
      fail('recursiveFill', 'expecting tensor or table thereof. Got ' .. torch.type(t) .. ' instead')
   end
   return t
end

--- nn.utils.recursiveAdd(t1 [, val = 1], t2) -> t1, t2: adds val t2 to t1, in place, in nested tables of tensors.
function utils.recursiveAdd(t1, val, t2)
   if not t2 then val, t2 = 1, val end
   if type(t2) == 'table' then
      t1 = type(t1) == 'table' and t1 or {t1}
      for k in pairs(t2) do t1[k] = utils.recursiveAdd(t1[k], val, t2[k]) end
   elseif istensor(t1) and istensor(t2) then
      t1:add(val, t2)
   else
      fail('recursiveAdd', 'expecting nested tensors or tables. Got ' .. torch.type(t1) .. ' and ' .. torch.type(t2) .. ' instead')
   end
   return t1, t2
end

--- nn.utils.recursiveCopy(t1, t2 [, async]) -> t1, t2: copies t2, a nested table of tensors, into t1, which is made
-- where it is missing.
function utils.recursiveCopy(t1, t2, async)
   if type(t2) == 'table' then
      t1 = type(t1) == 'table' and t1 or {t1}
      for k in pairs(t2) do t1[k] = utils.recursiveCopy(t1[k], t2[k], async) end
   elseif istensor(t2) then
      t1 = istensor(t1) and t1 or t2.new()
      t1:resize(t2:size())
      if async then t1:copyAsync(t2) else t1:copy(t2) end
   else
      fail('recursiveCopy', 'expecting nested tensors or tables. Got ' .. torch.type(t1) .. ' and ' .. torch.type(t2) .. ' instead')
   end
   return t1, t2
end

--- nn.utils.rowScales(x, p) -> tensor: a column of divisors for the rows of a matrix, after which products of two sums
-- of p-th powers are finite: the largest elements of rows where they are very large, else 1.
function utils.rowScales(x, p)
   local name = torch.typename(x)
   local largest = name:find('Double') and 2 ^ 1023 or name:find('Half') and 2 ^ 15 or 2 ^ 127
   local safe = (largest ^ 0.5 / x:size(2)) ^ (1 / p) / 2
   local scales = torch.abs(x):max(2):cmin(largest)
   scales:maskedFill(scales:le(safe), 1)
   return scales
end

-- dimensions other than those of size 1, as text
local function shape(t)
   local list = {}
   for d = 1, t:dim() do
      if t:size(d) ~= 1 then list[#list + 1] = t:size(d) end
   end
   return table.concat(list, ' x ')
end

--- nn.utils.checkDimension(module, x, d): raises when x, the first of tensors that module joins along dimension d, has none.
function utils.checkDimension(self, x, d)
   if x:dim() < d then
      require('nn.check').fail(self, 'outputs cannot be joined along dimension %d: the first is %s', d, utils.sizeText(x))
   end
end

--- nn.utils.checkSizes(module, input): raises when tensors of a table have as many elements as the first one in another
-- shape: pairing them up in the order of memory has no meaning. A {n} goes with an {n, 1}.
function utils.checkSizes(self, input)
   local first = type(input) == 'table' and input[1]
   if not first then
      require('nn.check').wrong(self, 1, 'input', 'table of tensors expected, got %s', type(input) == 'table' and 'an empty one' or require('libtorch').describe(input))
   end
   for i = 2, #input do
      local x = input[i]
      if istensor(x) and istensor(first) and not x:isSameSizeAs(first) and x:nElement() == first:nElement()
         and (x:dim() == first:dim() or shape(x) ~= shape(first)) then
         require('nn.check').wrong(self, 1, 'input', 'input %d is of size %s, but input 1 of size %s', i, utils.sizeText(x), utils.sizeText(first))
      end
   end
end

--- nn.utils.checkLengths(module, lengths) -> lengths: raises when these, what setLengths of a module is given, are neither a
-- vector of whole numbers, 0 or more, nor nil.
function utils.checkLengths(self, lengths)
   local wrong = require('nn.check').wrong
   if lengths == nil then return nil end
   if not istensor(lengths) then wrong(self, 1, 'lengths', 'tensor or nil expected, got %s', torch.type(lengths)) end
   for i = 1, lengths:nElement() do
      local n = lengths:dim() == 1 and lengths[i] or -1
      if not (n >= 0 and n % 1 == 0) then
         wrong(self, 1, 'lengths', 'a number of steps for each sample, 0 or more, expected, got %s',
            lengths:dim() == 1 and tostring(n) or utils.sizeText(lengths))
      end
   end
   return lengths
end

--- nn.utils.addSingletonDimension([view,] t [, dim = 1]) -> tensor: a view of t with a dimension of size 1 inserted
-- before dimension dim; into `view` when given.
--
-- > #nn.utils.addSingletonDimension(torch.ones(3))
--  1
--  3
-- [torch.LongStorage of size 2]
function utils.addSingletonDimension(...)
   local view, t, dim
   if select('#', ...) < 3 then t, dim = ...
   else view, t, dim = ... end
   if not istensor(t) then fail('addSingletonDimension', 'expecting tensor. Got ' .. torch.type(t) .. ' instead') end
   view = view or t.new()
   dim = dim or 1
   if dim < 1 or dim > t:dim() + 1 then
      fail('addSingletonDimension', string.format('invalid dimension: %d. Tensor has %d dimensions', dim, t:dim()))
   end
   local n = t:dim()
   local size, stride = torch.LongStorage(n + 1), torch.LongStorage(n + 1)
   for d = 1, n + 1 do
      local from = d < dim and d or d - 1
      size[d] = d == dim and 1 or t:size(from)
      stride[d] = d == dim and 1 or t:stride(from)
   end
   view:set(t:storage(), t:storageOffset(), size, stride)
   return view
end

--- nn.utils.contiguousView(t, sizes...) -> tensor: t:view(sizes...) where t is contiguous, else a copy in that shape.
function utils.contiguousView(t, ...)
   if t:isContiguous() then return t:view(...) end
   return t:reshape(...)
end

--- nn.utils.clear(module, names...) -> module: empties the named fields: tensors lose their memory, tables become {},
-- the rest nil.
function utils.clear(self, ...)
   local names = {...}
   if #names > 0 and type(names[1]) == 'table' then names = names[1] end
   for _, f in ipairs(names) do
      local v = self[f]
      if v ~= nil then
         if istensor(v) then v:set()
         elseif type(v) == 'table' then self[f] = {}
         else self[f] = nil end
      end
   end
   return self
end

--- nn.utils.release(module, names...) -> module: lets go of the named fields, which may be the user's or other modules':
-- empty ones take their places.
function utils.release(self, ...)
   for _, f in ipairs{...} do
      if istensor(self[f]) then self[f] = self[f].new()
      elseif type(self[f]) == 'table' then self[f] = {} end
   end
   return self
end

-- a table whose unpack knows nil at the end
nn.utils = utils
return utils
