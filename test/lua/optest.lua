--- What the tests that walk the operation table share. Loaded by dofile. `package=NAME` as the script's first argument:
-- the operations of that package, made with th_add_package, in the place of torch's.
local ffi = require 'ffi'
local T = {C = require 'libtorch', package = arg and arg[1] and arg[1]:match('^package=(.+)$')}
if T.package then
   table.remove(arg, 1)
   require(T.package)
end
T.cases = require((T.package or 'torch') .. 'data.cases')

-- ORDER TYPES
T.ctype = {Byte = 'uint8_t', Char = 'int8_t', Short = 'int16_t', Int = 'int32_t', Long = 'int64_t', Float = 'float',
   Double = 'double'}
T.floating = {Float = true, Double = true}

--- A number as an element of a type: truncated, then wrapped, or rounded to float.
function T.element(type_, v)
   if type_ == 'Double' or v >= 2 ^ 63 then return v end -- 2^63 stands for the largest Long
   if type_ == 'Float' then return tonumber(ffi.new('float', v)) end
   return tonumber(ffi.cast(T.ctype[type_], ffi.cast('int64_t', v)))
end

function T.class(type_) return torch.getmetatable('torch.' .. type_ .. 'Tensor') end

--- Live C objects once all garbage is gone.
function T.objects()
   collectgarbage()
   collectgarbage()
   return torch.memorystats().objects
end

--- Elements in row-major order, by a way that shares no code with the operations.
function T.values(x)
   local list = {}
   local function walk(t)
      if type(t) == 'table' then
         for i = 1, #t do walk(t[i]) end
      else
         list[#list + 1] = t
      end
   end
   walk(x:totable())
   return list
end

--- Numbers and booleans of call results, tensors, storages and tables flattened, in order.
function T.flatten(...)
   local list = {}
   local function walk(v)
      if torch.isTensor(v) or torch.isStorage(v) then walk(v:totable())
      elseif type(v) == 'table' then
         for i = 1, #v do walk(v[i]) end
      elseif type(v) == 'cdata' then list[#list + 1] = tonumber(v)
      elseif v ~= nil then list[#list + 1] = v end
   end
   for i = 1, select('#', ...) do walk((select(i, ...))) end
   return list
end

--- |a - b| within a tolerance relative to the larger; NaN equals NaN.
function T.close(a, b, rel)
   if a == b or (a ~= a and b ~= b) then return true end
   return math.abs(a - b) <= rel * math.max(1, math.abs(a), math.abs(b))
end

--- An example as a function, and the comment after its -->.
function T.example(row)
   local code, comment = row.example:match('^(.-)%s*%-%->(.*)$')
   code = code or row.example
   return assert(loadstring('return ' .. code) or loadstring(code)), comment
end

--- First line of an error.
function T.why(err) return (tostring(err):gsub('\n.*', '')) end

-- What no walk may call: it changes counts, settings or classes for good, or its arguments are anything.
T.unsafe = {retain = true, free = true, failallocation = true, setheaptracking = true, setnumthreads = true,
   setdefaulttensortype = true, class = true, setmetatable = true, type = true, typename = true, isTypeOf = true}

--- The same type, sizes and bytes; one NaN is as good as another.
function T.same(a, b)
   if type(a) ~= 'userdata' or type(b) ~= 'userdata' then return a == b or a ~= a and b ~= b end
   if torch.type(a) ~= torch.type(b) or not a:isSameSizeAs(b) then return false end
   if a:dim() == 0 then return true end
   a, b = T.C.alias(a):contiguous(), T.C.alias(b):contiguous()
   local bytes, x, y = a:elementSize(), a:data(), b:data()
   if ffi.string(x, a:nElement() * bytes) == ffi.string(y, a:nElement() * bytes) then return true end
   for i = 0, a:nElement() - 1 do
      if ffi.string(x + i, bytes) ~= ffi.string(y + i, bytes) and not (x[i] ~= x[i] and y[i] ~= y[i]) then return false end
   end
   return true
end

return T
