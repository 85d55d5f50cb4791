--- Globals that scripts run by th expect. This file is loaded at every start and stays small: what
-- is behind the names is loaded at the first use.
local luaT = require 'luaT'
sys, xlua = luaT.later 'sys', luaT.later 'xlua'

local raw_print, raw_require = print, require

print_old = raw_print

-- As print, but tables show their contents.
function print_new(...)
   for i = 1, select('#', ...) do
      local v = select(i, ...)
      local mt = type(v) == 'table' and getmetatable(v)
      if type(v) == 'table' and not (type(mt) == 'table' and mt.__tostring) then
         return raw_require('trepl.printer').print(...)
      end
   end
   return raw_print(...)
end
print = print_new

local function on_paths(name)
   return package.preload[name] or package.searchpath(name, package.path) or package.searchpath(name, package.cpath)
end

-- Adds names relative to the calling file: require './model'; also require 'model', where no path has one.
function require(name)
   if type(name) == 'string' and name:match('^%.%.?/') then
      local result = raw_require('trepl.import').require_relative(name, 2)  -- no tail call: levels count
      return result
   end
   if type(name) == 'string' and not package.loaded[name] and not on_paths(name) then
      local found, result = raw_require('trepl.import').require_beside(name, 2)
      if found then return result end
   end
   return raw_require(name)
end

local function later(name, module, field)
   field = field or name
   rawset(_G, name, function(...) return raw_require(module)[field](...) end)
end
later('xprint', 'xlua', 'print')
later('xerror', 'xlua', 'error')
later('xrequire', 'xlua', 'require')
later('setprintlevel', 'trepl.printer')
later('setprinttime', 'trepl')
later('noColors', 'trepl.printer')
later('import', 'trepl.import')
later('who', 'xlua.who')
later('monitor_G', 'xlua.who')
later('help', 'trepl.help')
later('apropos', 'trepl.help')
later('repl', 'trepl')

for name, library in pairs{splice = table, prune = table, split = string, tosymbol = string} do
   library[name] = function(...)
      luaT.load 'xlua.additions' -- puts the function itself here
      return library[name](...)
   end
end

package.preload.treplutils = function() return {isatty = function() return raw_require('sys.terminal').isatty(1) end} end

-- Penlight: path, stringx... as globals, and % for strings. A file pl.lua of the folder where th was started is not Penlight.
local penlight = package.searchpath('pl', package.path)
if penlight and not penlight:find('^%./') and package.searchpath('pl.text', package.path) then
   raw_require 'pl'
   raw_require('pl.text').format_operator()
end

return {raw_print = raw_print, raw_require = raw_require}
