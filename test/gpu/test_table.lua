--- Every row of the operation table that runs on the GPU, compared with the CPU: each type, form, and
-- layout of the tensors. THC in the environment says on what; the simulator or a real GPU.
--   th test/gpu/test_table.lua [package=NAME] [operation...]
require 'cutorch'
local here = arg[0]:match('^(.*)/') or '.'
local check = dofile(here .. '/../lua/check.lua')
local A = dofile(here .. '/arguments.lua')
local rows = dofile(here .. '/../lua/optest.lua').cases

local only = {}
for _, name in ipairs(arg) do only[name] = true end

-- Where the order of sums and the libraries of functions differ: relative tolerance by type.
local tolerance = {Float = 2e-5, Double = 1e-12, Half = 4e-3}
-- Libraries of linear algebra differ further, and by as much as they like where a matrix is singular, as one of
-- equal rows is.
local lapack = {}
for name in ('gesv trtrs gels eig inverse potrf potrs potri pstrf qr geqrf orgqr ormqr'):gmatch('%a+') do lapack[name] = true end

-- Results that are random, or free in their signs; test_lanes.lua and test_kernels.lua have them.
local free = {symeig = true, svd = true, rand = true, randn = true, random = true, uniform = true, normal = true, cauchy = true, logNormal = true,
   exponential = true, geometric = true, bernoulli = true, randperm = true, multinomial = true, multinomialAliasSetup_ = true,
   multinomialAlias_ = true}

-- ---- layouts: CPU tensors with the elements of x, laid out otherwise ----

local layouts = {}
function layouts.contiguous(x) return x end
function layouts.transposed(x)
   if x:dim() < 2 then return nil end
   local y = x:transpose(x:dim() - 1, x:dim()):contiguous():transpose(x:dim() - 1, x:dim())
   return y
end
function layouts.narrowed(x)
   local size = x:size()
   for d = 1, #size do size[d] = size[d] + 2 end
   local y = x.new():resize(size):fill(1)
   for d = 1, x:dim() do y = y:narrow(d, 2, x:size(d)) end
   return y:copy(x)
end
-- equal rows, which are one row in memory; only inputs may be so
function layouts.expanded(x)
   if x:dim() < 2 then return nil end
   return x:narrow(1, 1, 1):clone():expandAs(x)
end
function layouts.empty(x) return x.new() end

-- ---- the same tensor on the GPU: storage, offset, sizes, strides ----

local function gpu_name(type_) return type_ == 'Float' and 'Cuda' or 'Cuda' .. type_ end

local function element_type(x, type_)
   local name = torch.typename(x):match('torch%.(%a+)Tensor')
   return name == 'Float' and type_ == 'Half' and 'Half' or name
end

local function mirror(x, type_)
   local name = gpu_name(element_type(x, type_))
   if not x:storage() then return torch[name .. 'Tensor']() end
   local s = torch[name .. 'Storage'](x:storage():size()):copy(x:storage())
   return torch[name .. 'Tensor'](s, x:storageOffset(), x:size(), x:stride())
end

local function copy_of(x)
   if not x:storage() then return x.new() end
   local s = x:storage()
   return x.new(s.new and s.new(s:size()):copy(s) or torch[torch.typename(s):match('%.(%a+)')](s:size()):copy(s), x:storageOffset(),
      x:size(), x:stride())
end

-- ---- comparing ----

local function numbers(x)
   local list = {}
   local flat = x:double():clone():storage()
   for i = 1, flat and x:nElement() or 0 do list[i] = flat[i] end
   return list
end

local function close(a, b, tol)
   if a == b or (a ~= a and b ~= b) then return true end
   return math.abs(a - b) <= tol * math.max(1, math.abs(a), math.abs(b))
end

local function sizes(x) return table.concat(x:size():totable(), 'x') end

-- nil when they agree, else how they differ
local function difference(cpu, gpu, tol)
   if torch.isTensor(cpu) then
      if not torch.isTensor(gpu) then return 'a tensor expected, got ' .. torch.type(gpu) end
      if not torch.typename(gpu):find('^torch.Cuda') then return 'the result is a ' .. torch.typename(gpu) end
      if sizes(cpu) ~= sizes(gpu) then return 'sizes ' .. sizes(gpu) .. ', expected ' .. sizes(cpu) end
      local a, b = numbers(cpu), numbers(gpu)
      for i = 1, #a do
         if not close(a[i], b[i], tol) then
            return string.format('element %d is %.17g, expected %.17g', i, b[i] or 0 / 0, a[i])
         end
      end
   elseif type(cpu) == 'number' then
      if type(gpu) ~= 'number' or not close(cpu, gpu, tol) then return tostring(gpu) .. ', expected ' .. tostring(cpu) end
   elseif type(cpu) == 'boolean' then
      if cpu ~= gpu then return tostring(gpu) .. ', expected ' .. tostring(cpu) end
   end
end

-- All of a tensor's memory, what lies outside of its window included.
local function storage_difference(cpu, gpu, tol)
   local a, b = cpu:storage(), gpu:storage()
   if not a or not b or a:size() ~= b:size() then return nil end -- it was resized
   local host = torch.DoubleStorage(b:size()):copy(b)
   for i = 1, a:size() do
      if not close(a[i], host[i], tol) then
         return string.format('element %d of the storage is %.17g, expected %.17g', i, host[i], a[i])
      end
   end
end

-- ---- one call on both sides ----

local function each_tensor(values, n, f)
   local out = {}
   for i = 1, n do
      local v = values[i]
      if torch.isTensor(v) then out[i] = f(v)
      elseif type(v) == 'table' then out[i] = each_tensor(v, #v, f)
      else out[i] = v end
   end
   return out
end

local function call(side, row, method, args, n)
   local f
   if method then
      if not torch.isTensor(args[1]) then return nil end
      f = args[1][row.name]
   else
      f = torch[row.name]
   end
   return {pcall(f, unpack(args, 1, n))}
end

local function compare(what, row, type_, method, cpu_args, n)
   local tol = (tolerance[type_] or 0) * (lapack[row.name] and 100 or 1)
   local twin = {} -- what is one tensor on the CPU is one on the GPU
   local gpu_args = each_tensor(cpu_args, n, function(x)
      twin[x] = twin[x] or mirror(x, type_)
      return twin[x]
   end)
   local cpu = call('cpu', row, method, cpu_args, n)
   if not cpu then return end
   local gpu = call('gpu', row, method, gpu_args, n)
   local waited, fault = pcall(cutorch.synchronize) -- positions out of range are raised then
   if gpu[1] and not waited then gpu = {false, fault} end
   if not cpu[1] then
      check.ok(not gpu[1], what .. ' raises, as on the CPU: ' .. tostring(cpu[2]):gsub('\n.*', ''))
      return
   end
   if not gpu[1] then
      check.ok(false, what .. ' raises: ' .. tostring(gpu[2]))
      return
   end
   local why = #cpu ~= #gpu and 'number of results' or nil
   for i = 2, #cpu do
      local d = difference(cpu[i], gpu[i], tol)
      why = why or d and 'result ' .. i - 1 .. ': ' .. d
   end
   for i = 1, n do
      if torch.isTensor(cpu_args[i]) then
         local d = difference(cpu_args[i], gpu_args[i], tol) or storage_difference(cpu_args[i], gpu_args[i], tol)
         why = why or d and 'argument ' .. i .. ': ' .. d
      end
   end
   check.ok(not why, what .. (why and ': ' .. why or ''))
end

-- Which arguments are written.
local function is_written(form, name)
   for _, arg in ipairs(form) do
      if arg.name == name then return arg.kind == 'inout' end
   end
end

-- A method of an inplace row has its result first, which is also its input.
local function forms_of(row)
   local list = {}
   local function add(forms, method)
      for _, form in ipairs(forms) do
         local scalar = true
         for _, arg in ipairs(form) do
            if arg.kind == 'tensor' or arg.kind == 'inout' or arg.kind == 'tensors' then scalar = false end
         end
         if not scalar then list[#list + 1] = {form = form, method = method} end
      end
   end
   add(row.functions, false)
   add(row.methods, true)
   return list
end

local function run_form(row, entry, type_, layout, lay)
   for k, c in ipairs(A.calls(row, entry.form, type_)) do
      local usable = true
      local function arranged(x, i)
         if layout == 'expanded' and is_written(entry.form, c.names[i]) then return copy_of(x) end
         local y = lay(copy_of(x))
         if not y then usable = false end
         return y
      end
      local args = {}
      for i = 1, c.n do
         local v = c.values[i]
         if torch.isTensor(v) then args[i] = arranged(v, i)
         elseif type(v) == 'table' then args[i] = each_tensor(v, #v, function(x) return arranged(x, i) end)
         else args[i] = v end
      end
      if usable then
         compare(string.format('%s %s%s, %s, call %d', row.name, entry.method and 'method, ' or '', type_, layout, k), row, type_,
            entry.method, args, c.n)
      end
   end
end

-- The result given: a tensor that is one of the inputs, and one of another layout.
local function run_results(row, entry, type_)
   if entry.method or not entry.form[1] or entry.form[1].kind ~= 'out' then return end
   for _, c in ipairs(A.calls(row, entry.form, type_)) do
      if torch.isTensor(c.values[1]) then
         local inplace = {copy_of(c.values[1])}
         local apart = {layouts.narrowed(copy_of(c.values[1]))}
         for i = 1, c.n do
            inplace[i + 1] = i == 1 and inplace[1] or c.values[i]
            apart[i + 1] = c.values[i]
         end
         compare(row.name .. ' ' .. type_ .. ', result apart', row, type_, false, apart, c.n + 1)
         compare(row.name .. ' ' .. type_ .. ', in place', row, type_, false, inplace, c.n + 1)
      end
   end
end

for _, row in ipairs(rows) do
   if row.cuda and #row.cuda > 0 and not free[row.name] and (not next(only) or only[row.name]) then
      for _, type_ in ipairs(row.cuda) do
         for _, entry in ipairs(forms_of(row)) do
            for _, layout in ipairs{'contiguous', 'transposed', 'narrowed', 'expanded', 'empty'} do
               if not (lapack[row.name] and layout == 'expanded') then run_form(row, entry, type_, layout, layouts[layout]) end
            end
            run_results(row, entry, type_)
         end
      end
   end
end

check.finish()
