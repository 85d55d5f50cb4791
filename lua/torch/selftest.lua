--- torch.test and cutorch.test: the project's own suites, each in a process of its own.
local paths = require 'paths'

-- Where a package lies in the project's tree (or is a link into it) the tests are two folders further up.
local function suites(part)
   local tests = debug.getinfo(1, 'S').source:match('^@(.*)selftest%.lua$') .. '../../test/'
   if not paths.filep(tests .. 'lua/check.lua') then return nil end
   local folder = tests .. part
   local list = {}
   for name in paths.files(folder, '^test_.*%.lua$') do list[#list + 1] = name:match('^test_(.*)%.lua$') end
   table.sort(list)
   return list, folder
end

-- Those of the list that are asked for; all where nothing is.
local function chosen(title, list, names)
   if #names == 0 then return list end
   local there = {}
   for _, name in ipairs(list) do there[name] = true end
   for _, name in ipairs(names) do
      if not there[name] then error(("%s: there is no suite '%s'; there are %s"):format(title, tostring(name), table.concat(list, ', ')), 3) end
   end
   return names
end

local function quoted(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

--- title([names]): runs all suites of a folder of tests, or those named, as list or one after another. Returns whether they
-- passed; false, and says so, where the tests are not there, as in an installation.
local function run(title, part, ...)
   local list, folder = suites(part)
   if not list then
      print(('%s: the tests are not installed; they are in test/%s of the source tree'):format(title, part))
      return false
   end
   local names = type((...)) == 'table' and (...) or {...}
   local th, failed = paths.concat(paths.execdir() or '.', 'th'), {}
   for _, name in ipairs(chosen(title, list, names)) do
      print('== ' .. name)
      io.flush() -- before the suite writes
      local status = os.execute(quoted(th) .. ' ' .. quoted(('%s/test_%s.lua'):format(folder, name)))
      if status ~= 0 and status ~= true then failed[#failed + 1] = name end
   end
   print(#failed == 0 and 'all suites passed' or 'failed: ' .. table.concat(failed, ', '))
   return #failed == 0
end

return function(title, part)
   return function(...) return run(title, part, ...) end
end
