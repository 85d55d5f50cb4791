--- Public names of Torch7's packages that this tree lacks, by a list of them (package, name, kind, types; a tab between):
-- functions and methods in Lua, and the symbols of C libraries. Of those in Lua, whether help says something.
--   th test/names.lua ../shared/api/names.tsv FOLDER_OF_LIBRARIES
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

local packages = {'torch', 'nn', 'optim', 'nngraph', 'graph', 'image', 'paths', 'sys', 'xlua', 'trepl'}
local symbols = {'libTH', 'libTHNN', 'libluaT'}

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
   local set, path = {}, paths.concat(libraries, library .. '.so')
   local nm = io.popen(('nm -D --defined-only "%s" 2>/dev/null'):format(path))
   for line in nm:lines() do set[line:match('(%S+)$'):gsub('@.*', '')] = true end
   nm:close()
   return next(set) and set
end

-- THTensor_add of Byte,Float is THByteTensor_add and THFloatTensor_add, THNN_<Real>Abs_updateOutput is THNN_FloatAbs_...
local function expanded(name, types)
   if types == '' or types == '-' then return {name} end
   local names = {}
   for type in types:gmatch('[^,]+') do
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
   if is_there and not name:match('[.:]_[^.:]*$') and not name:match('^_') then
      check.ok(is_there(name, types), ('%s: %s'):format(package_, name))
      counts[package_] = (counts[package_] or 0) + 1
      if package_:sub(1, 3) ~= 'lib' and package_ ~= 'trepl' then
         asked = asked + 1
         silent[#silent + 1] = not explained(name) and name or nil
      end
   end
end
for name in pairs(wanted) do check.ok((counts[name] or 0) > 8, ('%s: names are in the list, %d'):format(name, counts[name] or 0)) end
check.ok(asked > 2000 and #silent <= asked / 100, ('help on %d names; none on %s'):format(asked, table.concat(silent, ', ')))
check.finish()
