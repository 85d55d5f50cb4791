--- What the CPU has and the GPU lacks: rows of the operation table, element types, functions written in Lua, methods of
-- tensors, modules of nn. What is on no list of exceptions, each with its reason, fails. THC in the environment says on what: the
-- simulator or a real GPU.
--   th test/gpu/test_coverage.lua
require 'cunn'
local here = arg[0]:match('^(.*)/') or '.'
local check = dofile(here .. '/../lua/check.lua')
local A = dofile(here .. '/arguments.lua')
local rows = require 'torchdata.cases'

local function set(names)
   local s = {}
   for name in names:gmatch('%S+') do s[name] = true end
   return s
end

-- ---- rows without types of the GPU ----

-- The generator of the CPU: cutorch.seed() and its kin are that of the GPU.
local host = set 'seed manualSeed initialSeed getRNGState setRNGState'
-- Types that GPUs have no tensors of, and bitwise operations, which the CPU has for the bits of a number's whole part.
local typeless = set 'BFloat16 Bool'
local integers = set 'bitand bitor bitxor cbitand cbitor cbitxor'

local seen = 0
for _, row in ipairs(rows) do
   if row.lua ~= 'handwritten' then
      seen = seen + 1
      local there = {}
      for _, name in ipairs(row.cuda or {}) do there[name] = true end
      check.eq(next(there) == nil, host[row.name] or false, row.name .. ': runs on the GPU')
      for _, name in ipairs(next(there) and row.types or {}) do
         if not typeless[name] and not (integers[row.name] and (name == 'Float' or name == 'Double')) then
            check.ok(there[name], row.name .. ': on the GPU for ' .. name)
         end
      end
   end
end
check.ok(seen > 150, 'rows were looked at: ' .. seen)

-- ---- functions and methods written in Lua: those that take CPU tensors take the GPU's ----

-- Who looks at memory, or has no numbers to take.
local elementwise = {
   data = 'its pointer cannot be read', cdata = 'as data', real = 'the type itself', retain = 'counts owners', free = 'as retain',
   checkNaN = 'a setting', DiskFile = '', PipeFile = ''
}

local function moved(v)
   if torch.isTensor(v) then
      local kind = torch.typename(v):match('torch%.(%a+)Tensor')
      return v:type('torch.Cuda' .. (kind == 'Float' and '' or kind) .. 'Tensor')
   end
   if type(v) == 'table' then
      local r = {}
      for i, e in ipairs(v) do r[i] = moved(e) end
      return r
   end
   return v
end
local function copied(v)
   if torch.isTensor(v) then return v:clone() end
   if type(v) ~= 'table' then return v end
   local r = {}
   for i, e in ipairs(v) do r[i] = copied(e) end
   return r
end

local function has_tensor(c)
   for i = 1, c.n do
      if torch.isTensor(c.values[i]) or type(c.values[i]) == 'table' then return true end
   end
   return false
end

local calls = 0
local function compare(row, form, method)
   for _, c in ipairs(A.calls(row, form, 'Float')) do
      if has_tensor(c) then
         local function call(side)
            local args = side(c.values)
            local f = method and torch.isTensor(args[1]) and args[1][row.name] or not method and torch[row.name]
            return pcall(f or error, unpack(args, 1, c.n))
         end
         if call(copied) then
            local ok, err = call(moved)
            check.ok(ok, ('%s%s of GPU tensors: %s'):format(row.name, method and ', a method,' or '', tostring(err)))
            calls = calls + 1
         end
      end
   end
end
for _, row in ipairs(rows) do
   if row.lua == 'handwritten' and not row.name:find('%.') and not elementwise[row.name] then
      for _, form in ipairs(row.functions or {}) do compare(row, form, false) end
      for _, form in ipairs(row.methods or {}) do compare(row, form, true) end
   end
end
check.ok(calls > 20, 'functions written in Lua were called: ' .. calls)

-- ---- methods ----

-- Conversions of the CPU's types have counterparts; the others are about memory that the CPU sees.
for name in pairs(getmetatable(torch.FloatTensor(1))) do
   if type(name) == 'string' and not name:find('^__') then
      check.ok(torch.CudaTensor(1)[name] ~= nil, 'method ' .. name .. ' of a CudaTensor')
   end
end

-- ---- nn: test_nn_cases.lua runs the cases of every class; none says that it stays on the CPU ----

local classes = 0
for _, item in ipairs(require('nn.selftest').cases()) do
   classes = classes + 1
   check.ok(not item.case.cpu, item.class .. ' runs on the GPU')
end
check.ok(classes > 150, 'cases of nn: ' .. classes)
for name in pairs(torch.FloatTensor(1).THNN) do
   check.ok(torch.CudaTensor(1).THNN[name] ~= nil, 'kernel ' .. tostring(name))
end

check.finish()
