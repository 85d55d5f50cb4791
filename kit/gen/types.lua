-- The element types, from the list in TH/include/TH/THTypes.h. A list in the order of their numbers (THType):
-- {kind =, name =, real =, accreal =, code =, gpu = name on GPUs or nil}, by position and by name.
-- numbers.device: what is added to the number of the same type on a GPU.
local here = debug.getinfo(1, 'S').source:match('^@(.*)/[^/]*$') or '.'
local M = {}

-- In the source tree, or in the tree where the kit is installed.
local function open_list()
   for _, path in ipairs{'/../../TH/include/TH/THTypes.h', '/../../../../include/TH/THTypes.h'} do
      local f = io.open(here .. path)
      if f then return f end
   end
   error('kit/gen/types.lua: THTypes.h is not found from ' .. here, 0)
end

local f = open_list()
for line in f:lines() do
   local row = line:match('^#define TH_TYPE_%w+ +(%u+, .*)$')
   local device = line:match('TH_DEVICE = (%d+)')
   if device then M.device = tonumber(device) end
   if row then
      local kind, name, real, accreal, code, where, gpu =
         row:match('^(%u+), +(%w+), +([%w_ ]-), +([%w_]+), +(%w+), +[%w_]+, +[%w_]+, +(%u+), *(%w*)$')
      local t = {kind = assert(kind, line), name = name, real = real, accreal = accreal, code = code, gpu = where == 'BOTH' and gpu or nil}
      M[#M + 1] = t
      M[name] = t
   end
end
f:close()
assert(#M >= 8 and M.device, 'THTypes.h: the list of types is not understood')

--- Names of the types of which `keep` is true.
function M.names(keep)
   local list = {}
   for _, t in ipairs(M) do
      if keep(t) then list[#list + 1] = t.name end
   end
   return list
end

--- Whether elements are floating-point numbers.
function M.is_floating(name) return M[name].kind == 'FLOATING' or M[name].kind == 'HALF' end

return M
