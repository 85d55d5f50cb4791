--- Naive scalar references of elementwise operations and of reductions, by the C name of the form. They
-- take the arguments of the form in order, results left out, then the bits of an integer type. `int` serves integer types where it
-- differs. Loaded by dofile.
local ffi, bit = require 'ffi', require 'bit'
local floor, ceil, abs, huge = math.floor, math.ceil, math.abs, math.huge
local R = {}

ffi.cdef 'double erf(double);' -- Lua has none
local libm = ffi.C
local function trunc(v) return v < 0 and ceil(v) or floor(v) end
local function same(f) return {float = f, int = f} end
local function float(f) return {float = f} end
local function bits(op) -- on 53-bit integers, negative ones as two's complement of 64 bits
   return {int = function(x, y) return tonumber(bit[op](ffi.cast('int64_t', x), ffi.cast('int64_t', y))) end}
end
local function ieee_fmod(x, y)
   if y == 0 or abs(x) == huge then return 0 / 0 end
   if abs(y) == huge then return x end
   return math.fmod(x, y)
end
local function remainder(x, y)
   if y == 0 then return 0 / 0 end
   return x - y * floor(x / y)
end
local function shift(direction)
   return {float = function(x, s) return x * 2 ^ (direction * s) end,
      int = function(x, s, width)
         if s < 0 or s >= width then return 0 end
         if direction > 0 then return x * 2 ^ s end
         local bits_ = ffi.cast('uint64_t', ffi.cast('int64_t', x)) -- shifted as unsigned
         if width < 64 then bits_ = bit.band(bits_, 2 ^ width - 1) end
         return tonumber(ffi.cast('int64_t', bit.rshift(bits_, s)))
      end}
end
local function max(x, y) return x > y and x or y end
local function min(x, y) return x < y and x or y end
local function int_divide(x, y) return trunc(x / y) end

R.map = {
   add = same(function(x, s) return x + s end),
   cadd = same(function(x, s, y) return x + s * y end),
   sub = same(function(x, s) return x - s end),
   csub = same(function(x, s, y) return x - s * y end),
   mul = same(function(x, s) return x * s end),
   cmul = same(function(x, y) return x * y end),
   div = {float = function(x, s) return x / s end, int = int_divide},
   cdiv = {float = function(x, y) return x / y end, int = int_divide},
   fmod = same(ieee_fmod), cfmod = same(ieee_fmod),
   remainder = same(remainder), cremainder = same(remainder),
   lshift = shift(1), clshift = shift(1), rshift = shift(-1), crshift = shift(-1),
   bitand = bits 'band', bitor = bits 'bor', bitxor = bits 'bxor',
   cbitand = bits 'band', cbitor = bits 'bor', cbitxor = bits 'bxor',
   clamp = same(function(x, min, max) return x < min and min or x > max and max or x end),
   cmax = same(max), cmin = same(min), cmaxValue = same(max), cminValue = same(min),
   addcmul = same(function(x, s, a, b) return x + s * a * b end),
   addcdiv = {float = function(x, s, a, b) return x + s * a / b end,
      int = function(x, s, a, b) return x + trunc(s * a / b) end},
   absdiff = same(function(x, y) return abs(x - y) end),
   cpow = {float = function(x, y) return x ^ y end, int = function(x, y) return trunc(x ^ y) end},
   pow = float(function(x, p) return x ^ p end),
   tpow = float(function(b, x) return b ^ x end),
   lerp = float(function(a, b, w) return a + w * (b - a) end),
   atan2 = float(math.atan2),
   neg = same(function(x) return -x end), abs = same(abs),
   sign = same(function(x) return x > 0 and 1 or x < 0 and -1 or 0 end),
   cinv = float(function(x) return 1 / x end),
   sqrt = float(math.sqrt), rsqrt = float(function(x) return 1 / math.sqrt(x) end),
   exp = float(math.exp), log = float(math.log),
   log1p = float(function(x) -- Kahan's
      local u = 1 + x
      if u == 1 then return x end
      return u - 1 == huge and huge or math.log(u) * x / (u - 1)
   end),
   sigmoid = float(function(x) return 1 / (1 + math.exp(-x)) end),
   tanh = float(math.tanh), erf = float(function(x) return libm.erf(x) end), sin = float(math.sin), cos = float(math.cos), tan = float(math.tan),
   asin = float(math.asin), acos = float(math.acos), atan = float(math.atan), sinh = float(math.sinh),
   cosh = float(math.cosh), floor = float(floor), ceil = float(ceil), trunc = float(trunc),
   round = float(function(x) return x < 0 and ceil(x - 0.5) or floor(x + 0.5) end),
   frac = float(function(x) return x - trunc(x) end),
}
local comparisons = {lt = function(a, b) return a < b end, le = function(a, b) return a <= b end,
   gt = function(a, b) return a > b end, ge = function(a, b) return a >= b end,
   eq = function(a, b) return a == b end, ne = function(a, b) return a ~= b end}
for name, f in pairs(comparisons) do
   local reference = same(function(a, b) return f(a, b) and 1 or 0 end)
   R.map[name .. 'Value'], R.map[name .. 'Tensor'] = reference, reference
end

local function total(list)
   local s = 0
   for _, v in ipairs(list) do s = s + v end
   return s
end
local function product(list)
   local s = 1
   for _, v in ipairs(list) do s = s * v end
   return s
end
local function mean(list) return total(list) / #list end

-- Of a list of elements.
R.reduce = {sumall = total, sum = total, prodall = product, prod = product, meanall = mean, mean = mean}

--- Rows of elementwise operations or reductions without a reference here, and why.
R.unreferenced = {
}

-- A Lua expression in the names of arguments, as a function of them.
local function expression(text, names)
   local f = assert(loadstring(('local %s = ...  return %s'):format(table.concat(names, ', '), text)))
   return setfenv(f, {math = math, bit = bit})
end

--- The reference that a row of a package carries itself (`value`), for one of its forms; or nil.
function R.written(row, form)
   if not row.value then return nil end
   local names = {}
   for _, a in ipairs(form) do
      if a.kind == 'tensor' or a.kind == 'scalar' then names[#names + 1] = a.name end
   end
   return same(expression(row.value, names))
end

return R
