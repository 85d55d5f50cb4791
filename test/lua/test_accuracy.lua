--- What the rows of the operation table promise (ulp = {Float = , Double = }): largest errors in units in the
-- last place over numbers of every size, special values included.
--    th test/lua/test_accuracy.lua [SAMPLES]     with SAMPLES, prints what was measured
local here = arg[0]:match('^(.*)/') or '.'
local check = dofile(here .. '/check.lua')
require 'torch'
local ffi = require 'ffi'
ffi.cdef[[
bool reference_knows(const char *name);
double reference_double(const char *name, const double *x, const double *y, const double *got, int64_t n, int64_t *place);
double reference_float(const char *name, const float *x, const float *y, const float *got, int64_t n, int64_t *place);
]]
local th = arg[-1] or 'build/th'
local reference = ffi.load((th:match('^(.*)/') or '.') .. '/test/lib/reference.so')
local inf, nan = math.huge, 0 / 0
local asked = tonumber(arg[1])
local samples = asked or 4000

-- ---- arguments ----

local special = {0, -0, inf, -inf, nan, 1, -1, 0.5, -0.5, 2, -2, 3, -3, 5e-324, -5e-324, 2e-310, 2.3e-308, 1e-45, -1e-45, 1e-40, 1.2e-38,
   1e-300, 1e300, -1e300, 1.7e308, 3.4e38, -3.4e38, 88.72, 88.73, -87.4, -103.9, -104, -150, -175.4, -176, -177, 175.4, 177, 709.7, 709.8, -708.5, -745, -746, 1e10, 1e22, -1e22,
   math.pi, math.pi / 2, 1023, 1024, -1074, -1080, 127, 128, -149, -151, 0.1, 1 - 2 ^ -53, 1 + 2 ^ -52, 1 - 2 ^ -24, 1 + 2 ^ -23}

--- Fillers of n numbers: small, middling, large, near 1, and any bits at all.
local spreads = {
   function(x) x:uniform(-1, 1) end,
   function(x) x:uniform(-50, 50) end,
   function(x) x:uniform(-1000, 1000) end,
   function(x) x:normal(1, 1e-3) end,
   function(x)
      local words = ffi.cast('uint32_t *', x:data())
      for i = 0, x:nElement() * x:elementSize() / 4 - 1 do words[i] = torch.random(0, 2 ^ 32 - 1) end
   end
}

local function pairs_of(class)
   local n = #special
   local x, y = class(n, n), class(n, n)
   for i = 1, n do
      x:select(1, i):fill(special[i])
      y:select(2, i):fill(special[i])
   end
   return x:view(-1), y:view(-1)
end

-- ---- measuring ----

local place = ffi.new('int64_t[1]')
--- Largest error of f, called on tensors x and y, and a text of where that is.
local function worst_of(name, type_, f)
   local class, measure = torch[type_ .. 'Tensor'], reference['reference_' .. type_:lower()]
   local worst, where = 0, '-'
   local function try(x, y)
      local r = f(x, y)
      local e = measure(name, x:data(), y:data(), r:data(), x:nElement(), place)
      if e > worst then
         local i = tonumber(place[0]) + 1
         worst, where = e, ('%.17g, %.17g: %.17g'):format(x[i], y[i], r[i])
      end
   end
   try(pairs_of(class))
   for k, fill in ipairs(spreads) do
      local x, y = class(samples), class(samples)
      fill(x)
      spreads[(k - 1) % 3 + 1](y)
      try(x, y)
   end
   return worst, where
end

local calls = {
   atan2 = function(x, y) return torch.atan2(x, y) end,
   cpow = function(x, y) return torch.cpow(x, y) end,
   pow = function(x, y) -- x ^ number and number ^ x
      local r, half = x.new(x:nElement()), math.floor(x:nElement() / 2)
      local step = math.max(1, math.floor(half / 50))
      for first = 1, x:nElement(), step do
         local n = math.min(step, x:nElement() - first + 1)
         if first <= half then
            y:narrow(1, first, n):fill(y[first])
            torch.pow(r:narrow(1, first, n), x:narrow(1, first, n), y[first])
         else
            x:narrow(1, first, n):fill(x[first])
            torch.pow(r:narrow(1, first, n), x[first], y:narrow(1, first, n))
         end
      end
      return r
   end
}

torch.manualSeed(5)
local counted = 0
for _, row in ipairs(require 'torchdata.cases') do
   if row.ulp then
      local name = row.name == 'cpow' and 'pow' or row.name
      check.ok(reference.reference_knows(name), row.name .. ' has a reference')
      for _, type_ in ipairs{'Float', 'Double'} do
         local worst, where = worst_of(name, type_, calls[row.name] or function(x) return torch[row.name](x) end)
         local promised = row.ulp[type_] -- the reference is off by 2^-11 itself
         counted = counted + 1
         check.ok(worst <= promised + 2 ^ -10, ('%s of %s: at most %g ulp; %.3g at %s'):format(row.name, type_, promised, worst, where))
         if asked then print(('%-8s %-7s promised %4g, measured %6.3f   at %s'):format(row.name, type_, promised, worst, where)) end
      end
   end
end
check.ok(counted >= 40, 'rows make promises')
check.finish()
