--- Public names of Torch7's packages that this tree lacks, by a list of them (package, name, kind, types; a tab between):
-- functions and methods in Lua, and the symbols of C libraries. Of those in Lua, whether help says something.
--   th test/names.lua ../shared/api/names.tsv FOLDER_OF_LIBRARIES [gpu]
-- gpu: those of cutorch and cunn, whose libraries are looked at as the simulator has them (THC=simt).
-- Exits with 77 where there is no list.
local list, libraries = arg[1], arg[2]
local file = io.open(list)
if not file then
   print('skipped: there is no ' .. list)
   os.exit(77)
end
require 'torch'
local paths = require 'paths'
local here = arg[0]:match('^(.*)/') or '.'
local check = dofile(here .. '/lua/check.lua')

local gpu = arg[3] == 'gpu'
local packages = gpu and {'cutorch', 'cunn'} or {'torch', 'nn', 'optim', 'nngraph', 'graph', 'image', 'paths', 'sys', 'xlua', 'trepl'}
local symbols = gpu and {'libTHC', 'libTHCUNN'} or {'libTH', 'libTHNN', 'libluaT'}

-- Names of the GPU that are not to be there, by pattern, and why.
local apart = gpu and {
   {'^torch%.Cuda%a*Tensor:c?bit', 'bitwise operations are those of integers, as on the CPU'},
   {'^torch%.Cuda%a*Tensor:mean$', 'a mean is a floating-point number, as on the CPU'},
   {'^torch%.Cuda%a+Tensor:abs$', 'Byte and Char have no abs, as on the CPU'},
   {'^torch%.FloatTensor:fakecopy$', 'a test of the original'},
   {'^cutorch%.Event:waitOn$', 'a method of what cutorch.Event() returns'},
   {'^cutorch%.Cuda%a+Allocator$', 'torch.Allocator: page-locked and shared tensors have functions of their own'},
   {'^nn%.DataParallelTable', 'its own tests look at it'},
   {'^THCTensor_c?bit', 'bitwise operations are those of integers'},
   {'Sparse', 'there is no cuSPARSE'}, {'TextureObject', 'tensors are read as memory'},
   {'RngState$', 'random numbers are Philox: no generator of CURAND'}, {'^THCRandom_init$', 'as that'}, {'^THCRandom_shutdown$', 'as that'},
   {'^THCRandom_generatorStates$', 'as that'}, {'^THCudaTensor_conv2Dmap$', 'connections are nn.SpatialConvolutionMap'},
   {'LookupTableBag', 'of PyTorch'}, {'SpatialCrossMapLRN', 'made of operations on tensors'},
   {'calculateAdvancedIndexingOffsets', 'of PyTorch'}, {'newWithMapping', 'raised always: files cannot be mapped into a GPU'},
   {'^THStorage_copyCuda$', 'TH<type>Storage_copyCuda<type> are there'}, {'^THTensor_copyAsyncCuda$', 'TH<type>Tensor_copyAsyncCuda are there'}
} or {}
local function is_apart(name)
   for _, entry in ipairs(apart) do
      if name:find(entry[1]) then return true end
   end
   return false
end

-- ---- Lua ----

-- torch.add, trepl.colors.Red: by way of globals, or of the package that the beginning names
local function resolve(path)
   local value = _G
   for part in path:gsub('^_G%.', ''):gmatch('[^.]+') do
      local ok, field = pcall(function() return value[part] end)
      value = ok and field or nil
      if value == nil then break end
   end
   if value ~= nil then return value end
   local package_, field = path:match('^(.*)%.([^.]+)$')
   local ok, loaded = pcall(require, package_ or '')
   if ok and type(loaded) == 'table' then return loaded[field] end
end

local made = {} -- what xlua.Profiler() and the like return
local function made_by(call)
   if made[call] == nil then
      local ok, object = pcall(resolve(call) or error)
      made[call] = ok and object or false
   end
   return made[call]
end

local function has(object, field)
   local ok, value = pcall(function() return object[field] end)
   return ok and value ~= nil
end

local function present(name)
   local owner, method = name:match('^(.-):([^:]+)$')
   local call = owner and owner:match('^(.*)%(%)$')
   if call then return has(made_by(call), method) end
   if owner then return has(torch.getmetatable(owner) or resolve(owner), method) end
   if resolve(name) ~= nil or torch.getmetatable(name) then return true end
   local class, field = name:match('^(.*)%.([^.]+)$')
   return class and has(torch.getmetatable(class), field)
end

-- ---- C ----

local function exported(library)
   local set, path = {}, paths.concat(libraries, library .. (gpu and 'simt' or '') .. '.so')
   local nm = io.popen(('nm -D --defined-only "%s" 2>/dev/null'):format(path))
   for line in nm:lines() do set[line:match('(%S+)$'):gsub('@.*', '')] = true end
   nm:close()
   return next(set) and set
end

-- THTensor_add of Byte,Float is THByteTensor_add and THFloatTensor_add, THNN_<Real>Abs_updateOutput is THNN_FloatAbs_...
-- THCTensor_add is THCudaTensor_add, and THNN_Cuda<Real>Abs_... of CudaFloat, CudaDouble THNN_CudaAbs_... and THNN_CudaDoubleAbs_...
local function expanded(name, types)
   if types == '' or types == '-' then return {(name:gsub('^THC(%a+_)', function(rest) return (rest == 'Tensor_' or rest == 'Storage_') and 'THCuda' .. rest end))} end
   local names = {}
   for type in types:gmatch('[^,]+') do
      if gpu then type = type:gsub('^Cuda', ''):gsub('^Float$', '') end
      names[#names + 1] = name:find('<Real>', 1, true) and name:gsub('<Real>', type) or name:gsub('^TH', 'TH' .. type)
   end
   return names
end

-- ---- the list ----

local wanted = {}
for _, name in ipairs(packages) do
   wanted[name] = function(path) return present(path) end
   if name ~= 'torch' then check.ok(pcall(require, name), name .. ' is there') end
end
for _, library in ipairs(symbols) do
   local set = exported(library)
   if set then
      wanted[library] = function(name, types)
         for _, symbol in ipairs(expanded(name, types)) do
            if not set[symbol] then return false end
         end
         return true
      end
   else
      print('not looked at: the symbols of ' .. library .. ': no nm, or no such library')
   end
end

-- Help that says more than the call.
local function explained(name)
   local text = require('trepl.help').find(name)
   local said = text and text:gsub('^[^\n]*%b()[^\n]*', function(first) return first:match('%):? ?(.*)') or '' end, 1):gsub('defined [^\n]*', '')
   return said and #said:gsub('%s', '') >= 15
end

local counts, asked, silent = {}, 0, {}
for line in file:lines() do
   local package_, name, _, types = line:match('^([^\t]*)\t([^\t]*)\t([^\t]*)\t?([^\t]*)')
   local is_there = wanted[package_]
   if is_there and not is_apart(name) and not name:match('[.:]_[^.:]*$') and not name:match('^_') then
      check.ok(is_there(name, types), ('%s: %s'):format(package_, name))
      counts[package_] = (counts[package_] or 0) + 1
      if package_:sub(1, 3) ~= 'lib' and package_ ~= 'trepl' then
         asked = asked + 1
         silent[#silent + 1] = not explained(name) and name or nil
      end
   end
end
for name in pairs(wanted) do check.ok((counts[name] or 0) > (gpu and 4 or 8), ('%s: names are in the list, %d'):format(name, counts[name] or 0)) end
-- methods of GPU tensors are those of the CPU's, whose help there is
check.ok(gpu or asked > 2000 and #silent <= asked / 100, ('help on %d names; none on %s'):format(asked, table.concat(silent, ', ')))
check.finish()
