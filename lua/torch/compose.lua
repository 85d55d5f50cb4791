-- Operations made of others: functions of torch and methods, which lua/torch/Tensor.lua loads when one is first called. They
-- are recorded, and run on either side, because what they are made of does.
local arguments = require 'torch.arguments'
local torch = torch
local type, select = type, select
local refuse, fail = arguments.refuse, arguments.error
local describe = require('libtorch').describe

local M = {functions = {}, methods = {}}

local function istensor(x) return type(x) == 'userdata' and torch.isTensor(x) end

-- What f returns; its error under the name of the composed operation, whose own it need not be.
local function returned(name, ok, ...)
   if ok then return ... end
   local text = tostring(...)
   if text:find(name .. ': ', 1, true) then error(text, 0) end
   local where, rest = text:match('^([^\n]-:%d+: )(.*)$')
   error((where or '') .. name .. ': ' .. (rest or text), 0)
end
local function named(name, f)
   return function(...) return returned(name, pcall(f, ...)) end
end

local function both(name, make)
   M.functions[name], M.methods[name] = named(name, make(false)), named(name, make(true))
end
local function number(at, is_method) return is_method and at - 1 or at end

-- ---- what numbers are ----

-- What other operations compute with: elements of 16 bits, and truths, as floats.
local computed = {Half = true, BFloat16 = true, Bool = true}
local function plain(x) return computed[x:type():match('^torch%.(%w+)Tensor$')] and x:float() or x end

local function question(name, answer)
   both(name, function(is_method)
      return function(x, ...)
         if not istensor(x) or select('#', ...) > 0 then refuse(name, is_method, x, ...) end
         return answer(plain(x))
      end
   end)
end
question('isnan', function(x) return x:ne(x) end)
-- Infinities differ from themselves by NaN; of integers, which infinity would be cast to, nothing does.
question('isinf', function(x)
   local d = torch.csub(x, x)
   return torch.cmul(d:ne(d), x:eq(x))
end)
question('isfinite', function(x) return torch.csub(x, x):eq(0) end)

-- ---- where the largest is ----

for name, extreme in pairs{argmax = 'max', argmin = 'min'} do
   both(name, function(is_method)
      return function(x, d, ...)
         if not istensor(x) or d ~= nil and type(d) ~= 'number' or select('#', ...) > 0 then refuse(name, is_method, x, d, ...) end
         if x:dim() == 0 then fail(name, number(1, is_method), 'x', 'tensor with elements expected') end
         x = plain(x)
         if not d then return (select(2, x[extreme](x:contiguous():view(-1), 1)))[1] end
         if not (d >= 1 and d <= x:dim()) then fail(name, number(2, is_method), 'd', 'dimension %s out of range of %dD tensor', d, x:dim()) end
         return (select(2, x[extreme](x, d)))
      end
   end)
end

-- ---- one or the other ----

-- The sizes that tensors have together: dimensions of 1 repeat, missing ones are in front. A list; nil and the number of the
-- tensor that does not fit.
local function common(tensors)
   local size, n = {}, 0
   for _, x in ipairs(tensors) do n = math.max(n, x:dim()) end
   for d = 1, n do size[d] = 1 end
   for i, x in ipairs(tensors) do
      for d = 1, x:dim() do
         local at, own = d + n - x:dim(), x:size(d)
         if own ~= 1 and size[at] ~= 1 and own ~= size[at] then return nil, i end
         if own ~= 1 then size[at] = own end
      end
   end
   return size
end

local function widened(x, size)
   local own = {}
   for d = 1, #size do own[d] = d > #size - x:dim() and x:size(d - #size + x:dim()) or 1 end
   return x:contiguous():view(torch.LongStorage(own)):expand(torch.LongStorage(size))
end

--- where(m, x, y): x where the mask is 1, else y; either may be a number.
both('where', function(is_method)
   return function(m, x, y, ...)
      if select('#', ...) > 0 then refuse('where', is_method, m, x, y, ...) end
      if not istensor(m) or not (m:type():find('Byte') or m:type():find('Bool')) then
         fail('where', number(1, is_method), 'm', 'torch.ByteTensor or torch.BoolTensor expected, got %s', describe(m))
      end
      for i, v in pairs{x = x or false, y = y or false} do
         if not istensor(v) and type(v) ~= 'number' then fail('where', number(i == 'x' and 2 or 3, is_method), i, 'tensor or number expected, got %s', describe(v or nil)) end
      end
      local function wrong(i, ...)
         fail('where', number(({m = 1, x = 2, y = 3})[i], is_method), i, ...)
      end
      if istensor(x) and istensor(y) and x:type() ~= y:type() then
         wrong('y', '%s expected, as x, got %s; y:%s() converts it', x:type(), y:type(), x:type():match('(%w+)Tensor$'):lower())
      end
      if m:dim() > 0 and m:type():find('Byte') and m:max() > 1 then wrong('m', 'a mask of zeros and ones expected, got one with %d', m:max()) end
      for i, v in pairs{x = x, y = y} do
         if istensor(v) and (v:dim() == 0) ~= (m:dim() == 0) then wrong(i, 'sizes that fit those of m [%s] expected, got %s', table.concat(m:size():totable(), ' x '), describe(v)) end
      end
      if m:dim() == 0 then return (istensor(x) and x or istensor(y) and y or torch.Tensor()).new() end
      if type(x) == 'number' and type(y) == 'number' then x = torch.Tensor{x} end
      local parts, places = {m}, {1}
      for i, v in ipairs{x, y} do
         if istensor(v) then parts[#parts + 1], places[#places + 1] = v, i + 1 end
      end
      local size, wrong = common(parts)
      if not size then
         fail('where', number(places[wrong], is_method), ({'m', 'x', 'y'})[places[wrong]], 'sizes that fit those before expected, got %s', table.concat(parts[wrong]:size():totable(), ' x '))
      end
      local mask = widened(m, size):contiguous()
      if mask:type():find('Bool') then mask = mask:byte() end
      local given = (istensor(y) and y or x):type()
      x, y = istensor(x) and plain(x) or x, istensor(y) and plain(y) or y
      local r = widened(istensor(y) and y or x, size):clone()
      if not istensor(y) then r:maskedFill(mask:eq(0), y)
      elseif not istensor(x) then r:maskedFill(mask, x)
      else r:maskedCopy(mask, widened(x, size):contiguous():maskedSelect(mask)) end
      return r:type() == given and r or r:type(given)
   end
end)

-- ---- sums of products ----

local function wrong_equation(equation, ...)
   fail('einsum', 1, 'equation', '%q: ' .. select(1, ...), equation, select(2, ...))
end

local function letters_of(text, equation)
   local list = {}
   for c in text:gmatch('.') do
      if not c:find('%a') then wrong_equation(equation, 'letters expected, got %q', c) end
      list[#list + 1] = c
   end
   return list
end

-- ij,jk->ik: lists of letters of the operands and of the result; without an arrow, of those that occur once, sorted.
local function parsed(equation)
   local text = equation:gsub('%s', '')
   local left, right = text:match('^(.-)%->(.*)$')
   local operands, count = {}, {}
   for part in ((left or text) .. ','):gmatch('(.-),') do
      operands[#operands + 1] = letters_of(part, equation)
      for _, c in ipairs(operands[#operands]) do count[c] = (count[c] or 0) + 1 end
   end
   local result = right and letters_of(right, equation) or {}
   for i, c in ipairs(result) do
      if not count[c] then wrong_equation(equation, '%s is in no operand', c) end
      for k = 1, i - 1 do if result[k] == c then wrong_equation(equation, '%s comes twice in the result', c) end end
   end
   if not right then
      for c, n in pairs(count) do if n == 1 then result[#result + 1] = c end end
      table.sort(result)
   end
   return operands, result
end

local function place(list, c)
   for i, v in ipairs(list) do if v == c then return i end end
end

-- A letter that comes twice is a diagonal.
local function without_twins(x, letters)
   local own = {unpack(letters)}
   for i = #own, 2, -1 do
      local first = place(own, own[i])
      if first < i then
         local order, n = {}, x:size(i)
         for d = 1, x:dim() do if d ~= first and d ~= i then order[#order + 1] = d end end
         local size = {}
         for k, d in ipairs(order) do size[k] = x:size(d) end
         order[#order + 1], order[#order + 2] = first, i
         size[#size + 1] = n * n
         x = x:permute(unpack(order)):contiguous():view(torch.LongStorage(size))
         x = x:unfold(#size, 1, n + 1):select(#size + 1, 1)
         local c = table.remove(own, i)
         table.remove(own, first)
         own[#own + 1] = c
      end
   end
   return x, own
end

-- Sums over the letters that nobody needs any more.
local function summed(x, letters, needed)
   local own = {}
   for d = #letters, 1, -1 do
      if needed[letters[d]] then table.insert(own, 1, letters[d])
      else x = x:dim() > 1 and x:sum(d):select(d, 1) or x:sum(d) end
   end
   return x, own -- without letters: a vector of one
end

-- x as batch x rows x columns by lists of letters.
local function arranged(x, letters, ...)
   local order, size = {}, {}
   for i, group in ipairs{...} do
      size[i] = 1
      for _, c in ipairs(group) do
         local d = place(letters, c)
         order[#order + 1], size[i] = d, size[i] * x:size(d)
      end
   end
   if #order > 1 then x = x:permute(unpack(order)) end
   return x:contiguous():view(torch.LongStorage(size))
end

local function multiplied(x, a, y, b, needed)
   local batch, left, inner, right, sizes, own = {}, {}, {}, {}, {}, {}
   for d, c in ipairs(a) do
      local list = not place(b, c) and left or needed[c] and batch or inner
      list[#list + 1], sizes[c] = c, x:size(d)
   end
   for d, c in ipairs(b) do
      if not place(a, c) then right[#right + 1], sizes[c] = c, y:size(d) end
   end
   local r = torch.bmm(arranged(x, a, batch, left, inner), arranged(y, b, batch, inner, right))
   local size = {}
   for _, list in ipairs{batch, left, right} do
      for _, c in ipairs(list) do own[#own + 1], size[#size + 1] = c, sizes[c] end
   end
   return r:view(torch.LongStorage(#size > 0 and size or {1})), own
end

-- The letters that the result or a later operand has.
local function needed_after(operands, result, i)
   local needed = {}
   for _, c in ipairs(result) do needed[c] = true end
   for k = i + 1, #operands do for _, c in ipairs(operands[k]) do needed[c] = true end end
   return needed
end

local function check_operands(equation, operands, tensors)
   local sizes = {}
   if #operands ~= #tensors then wrong_equation(equation, '%d operands, but %d tensors are given', #operands, #tensors) end
   for i, letters in ipairs(operands) do
      local x = tensors[i]
      if x:dim() ~= #letters then fail('einsum', i + 1, 'x' .. i, '%d dimensions expected, got %d', #letters, x:dim()) end
      for d, c in ipairs(letters) do
         sizes[c] = sizes[c] or x:size(d)
         if sizes[c] ~= x:size(d) then fail('einsum', i + 1, 'x' .. i, 'dimension %d: %s has size %d, got %d', d, c, sizes[c], x:size(d)) end
      end
   end
end

--- einsum(equation, x1, x2, ...): one operand after another is multiplied by what is there.
M.functions.einsum = named('einsum', function(equation, ...)
   local tensors = {...}
   if type(equation) ~= 'string' then fail('einsum', 1, 'equation', 'string expected, got %s', describe(equation)) end
   for i = 1, select('#', ...) do
      if not istensor(tensors[i]) then fail('einsum', i + 1, 'x' .. i, 'tensor expected, got %s', describe(tensors[i])) end
   end
   local operands, result = parsed(equation)
   check_operands(equation, operands, tensors)
   local x, a = without_twins(tensors[1], operands[1])
   x, a = summed(x, a, needed_after(operands, result, 1))
   for i = 2, #operands do
      local y, b = without_twins(tensors[i], operands[i])
      local needed, with_x = needed_after(operands, result, i), needed_after(operands, result, i)
      for _, c in ipairs(a) do with_x[c] = true end
      y, b = summed(y, b, with_x)
      x, a = multiplied(x, a, y, b, needed)
      x, a = summed(x, a, needed)
   end
   local order = {}
   for i, c in ipairs(result) do order[i] = place(a, c) end
   x = #order < 2 and x or x:permute(unpack(order)):contiguous()
   local own = x:storage() ~= tensors[1]:storage() -- what only moves or picks elements is a view
   return own and x or x:clone()
end)

return M
