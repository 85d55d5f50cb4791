--- Wrong arguments for the rows of the operation table, and the walk that calls a row with them: for
-- test_errors.lua and, on the types of the GPU, test/gpu/test_cutorch_errors.lua. Run by loadfile with a table:
--   check, T (optest.lua); class = function(element type) -> metatable; and, where wanted,
--   strangers = more wrong values, as functions of the type; inspect = function(row, error message);
--   source = function(element type) -> tensor to pass, instead of a new one; draw = function(n) -> 1 to n
local W = ...
local check, T = W.check, W.T
local nan, huge = 0 / 0, math.huge

local here = debug.getinfo(1, 'S').source:match('^@(.*/)') or './'
local draw = W.draw or dofile(here .. 'draws.lua')(tonumber(os.getenv('SEED') or 1))
local function pick(list) return list[draw(#list)] end

-- ---- what arguments are drawn from ----

local FAR = 2 ^ 48 -- as a count of elements: more than addresses reach, also where memory is promised without limit
local numbers = {-2, -1, 0, 1, 2, 3, 0.5, 1e30, -1e30, huge, -huge, nan}
local last = 9223372036854775807LL
local positions = {-FAR, -1, 0, 1, 2, 3, 4, 7, FAR, 2 ^ 62, last, -last - 1, nan, huge}
local dimensions = {-1, 0, 1, 2, 3, 4, 100, 2 ^ 31, 2 ^ 32 + 1, last, nan}
local counts = {-FAR, -1, 0, 1, 2, 3, 5, FAR, 2 ^ 62, last, -last - 1, nan, -huge}

local function tensors_of(type_)
   local new = W.class(type_).new
   local function filled(...)
      local x = new(...)
      local n = x:nElement()
      if n > 0 then
         local flat = x:storage()
         for i = 1, n do flat[i] = (i * 7) % 5 end
      end
      return x
   end
   local list = {new(), filled(1), filled(3), filled(4), filled(2, 3), filled(3, 2):t(), filled(3, 3), filled(2, 3, 4), filled(1, 3, 1),
      filled(2, 3, 3), filled(1, 3):expand(2, 3), filled(6):narrow(1, 2, 3), filled(3, 4, 2, 2), filled(1, 1, 1, 1, 2)}
   if T.floating[type_] then list[#list + 1] = new{nan, huge, -huge} end
   return list
end
local pools = {}
local function tensor(type_)
   if W.source then return W.source(type_) end
   pools[type_] = pools[type_] or tensors_of(type_)
   -- a copy, with its strides: results are written to
   local x = pick(pools[type_])
   if x:dim() == 0 then return x.new() end
   return x.new(torch.LongStorage(x:size():totable()), torch.LongStorage(x:stride():totable())):copy(x)
end
local function index_tensor()
   local new = W.class('Long').new
   local list = {new{1}, new{2, 1}, new{0}, new{-1, 1, 2}, new{4, 1, 1}, new{FAR}, new{{1, 2, 1}, {1, 1, 2}}, new{{1, 9, 1}, {1, 1, 2}}, new()}
   return pick(list)
end

local draws = {
   scalar = function() return pick(numbers) end, number = function() return pick(numbers) end,
   int = function() return pick(counts) end, index = function() return pick(positions) end,
   dim = function() return pick(dimensions) end, flag = function() return draw(2) == 1 end,
   option = function(type_, a) return pick{a.letters:sub(1, 1), a.letters:sub(-1), 'Z', ''} end,
   tensors = function(type_)
      local list = {}
      for i = 1, draw(4) - 1 do list[i] = tensor(type_) end
      return list
   end,
   outmask = function() return tensor('Byte') end,
   outindex = function() return draw(2) == 1 and index_tensor():clone() or tensor('Long') end,
   gen = function() return nil end,
}
local function draw_argument(a, type_)
   if a.kind == 'tensor' and a.type == 'Long' then return draw(4) == 1 and tensor('Long') or index_tensor() end
   if a.kind == 'tensor' and a.type then return tensor(a.type) end
   local f = draws[a.kind]
   if f then return f(type_, a) end
   if a.kind == 'value' then return pick{1, 'x', tensor(type_), torch.LongStorage{2, 3}} end
   return tensor(type_)
end

local function strange(type_)
   local makers = {function() return 'text' end, function() return {} end, function() return print end, function() return false end,
      function() return coroutine.create(print) end, function() return io.stdout end, function() return torch.LongStorage{1, -5} end,
      function() return torch.ByteStorage(3) end, function() return nan end, function() return tensor(type_ == 'Float' and 'Int' or 'Float') end,
      function() return newproxy() end, function() return require('ffi').new('int[2]') end, function() return torch.HalfTensor(2) end,
      function() return FAR end, function() return -1 end, function() return {{1, 2}, {}} end}
   for _, f in ipairs(W.strangers or {}) do makers[#makers + 1] = function() return f(type_) end end
   return pick(makers)()
end

-- Arguments of a form, drawn; results that may be left out are, mostly.
local function arguments(form, type_)
   local args, n = {}, 0
   for _, a in ipairs(form) do
      local absent = a.kind == 'const' or a.kind == 'newout' or a.kind == 'gen' or
         (a.kind:find('^out') and draw(4) ~= 1) or ((a.default ~= nil or a.self or a.optional) and draw(2) == 1)
      if a.kind == 'dims' then
         if draw(3) == 1 then
            n = n + 1
            args[n] = torch.LongStorage(2):fill(2)
            args[n][1] = pick(counts)
         else
            for _ = 1, draw(3) do
               n = n + 1
               args[n] = pick(counts)
            end
         end
      elseif not absent then
         n = n + 1
         args[n] = draw_argument(a, type_)
      end
   end
   return args, n
end

-- Where an error bears another name: of what is the same function, or of the one that finds no memory.
local aliases = {new = 'Tensor', nDimension = 'dim', repeatTensor = 'resize'}
for _, name in ipairs(require('torch.Storage').types) do aliases[name:lower()] = 'type' end

-- The error begins with the name, after the line. (torch.FloatTensor stands for Tensor, set for set_.)
local function named(row, err)
   local short = row.name:match('[^.]+$')
   local first = type(err) == 'string' and err:match('^[^\n]*') or ''
   for _, name in ipairs{short, aliases[short]} do
      if (' ' .. first):gsub('torch%.%w+Tensor', 'Tensor'):find('[ .]' .. name:gsub('_$', '') .. '_?: ') then return true end
   end
   return false
end

-- ---- the walk ----

local unnamed = {}
local function attempt(row, f, args, n)
   local ok, err = pcall(f, unpack(args, 1, n))
   if not ok and W.inspect then W.inspect(row, err) end
   if not ok and not named(row, err) and not unnamed[row.name] then
      unnamed[row.name] = true
      check.ok(false, row.name .. ': the error names it: ' .. T.why(err))
   end
   return ok
end

-- Calls that no form accepts must raise.
local function check_strange(row, f, what, form_count)
   local accepts_any = false
   for _, form in ipairs(row.functions) do
      for _, a in ipairs(form) do accepts_any = accepts_any or a.kind == 'value' and (a.shown == 'any' or a.name == '...') end
      accepts_any = accepts_any or #form == 0
   end
   if accepts_any then return end
   for _, v in ipairs{coroutine.create(print), newproxy(), print} do
      check.ok(not pcall(f, v, v), what .. ' refuses a ' .. type(v))
   end
   if row.lua ~= 'handwritten' then
      local many = {}
      for i = 1, 13 do many[i] = tensor('Double') end
      check.ok(not pcall(f, unpack(many)), what .. ' refuses 13 tensors')
   end
end

local function walk(row, forms, f, what, type_)
   check_strange(row, f, what)
   local rounds = row.lua == 'handwritten' and 20 or 12
   attempt(row, f, {}, 0)
   for _, form in ipairs(forms) do
      for round = 1, rounds do
         local args, n = arguments(form, type_)
         if round % 3 == 0 and n > 0 then args[draw(n)] = strange(type_) end
         if round % 7 == 0 then
            n = n + 1
            args[n] = strange(type_)
         end
         attempt(row, f, args, n)
      end
   end
end

-- What no walk visits: rows that make classes, settings, files, and functions of functions (test_autograd.lua).
local families = {class = true, session = true, file = true, gradients = true}
function W.visits(row) return not T.unsafe[row.name] and not families[row.family] and not row.class and row.name ~= 'Storage' end
function W.forget() pools = {} end
W.draw, W.pick, W.counts, W.tensor, W.strange, W.walk, W.FAR = draw, pick, counts, tensor, strange, walk, FAR
W.draw_argument, W.arguments = draw_argument, arguments
return W
