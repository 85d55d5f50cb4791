--- xlua: progress bar, argument tables, and small helpers that Torch scripts expect.
local sys = require 'sys'

local M = rawget(_G, 'xlua') -- th puts it there, empty, and loads this file when it is first used (luaT.later)
M = type(M) == 'table' and (getmetatable(M) or {}).later and setmetatable(M, nil) or {}
xlua = M

require 'xlua.additions'

-- th loads this file at every start: what is behind these names is loaded when one is first called.
local require = require
local function later(module, ...)
   for _, name in ipairs{...} do
      M[name] = function(...) return require(module)[name](...) end -- a tail call: errors name the caller's line
   end
end
later('xlua.progress', 'columns', 'formatTime', 'progress')
later('xlua.arguments', 'usage', 'unpack', 'unpack_class', 'usage_module')

-- Printing ----------------------------------------------------------------------------------------------

local raw_print = print_old or print

local function brief(v)
   local text = tostring(v):gsub('%s*\n%s*', ' ')
   if type(v) == 'string' and #text > 40 then text = text:sub(1, 37) .. '...' end
   return text
end

--- xlua.print(x, ...): as print, but tables list their fields, a line each, long strings cut.
function M.print(x, ...)
   local mt = type(x) == 'table' and getmetatable(x)
   if type(x) == 'table' and not (type(mt) == 'table' and mt.__tostring) then
      local names = {}
      for k in pairs(x) do names[#names + 1] = k end
      table.sort(names, function(a, b) return tostring(a) < tostring(b) end)
      io.write('{\n')
      for _, k in ipairs(names) do io.write(('  [%s] = %s\n'):format(tostring(k), brief(x[k]))) end
      io.write('}\n')
   else
      io.write(tostring(x))
      io.write('\n')
   end
   if select('#', ...) > 0 then M.print(...) end
end
xprint = M.print

--- xlua.log(file [, append = false]): copies what io.write and print write into a file as well. append: keep what is
-- there.
function M.log(file, append)
   local f, message = io.open(file, append and 'a' or 'w')
   if not f then error('xlua.log: ' .. message, 2) end
   local write = io.write
   io.write = function(...)
      write(...)
      f:write(...)
      f:flush()
      return io.stdout
   end
   print = M.print
end

-- Text of a table on one line, or on several with newline.
local function to_text(t, newline, open)
   if type(t) ~= 'table' then return type(t) == 'string' and ('%q'):format(t) or tostring(t) end
   if open[t] then return '{...}' end
   open[t] = true
   local parts, n = {}, #t
   for i = 1, n do parts[i] = to_text(t[i], false, open) end
   local names = {}
   for k in pairs(t) do
      if not (type(k) == 'number' and k >= 1 and k <= n and k % 1 == 0) then names[#names + 1] = k end
   end
   table.sort(names, function(a, b) return tostring(a) < tostring(b) end)
   for _, k in ipairs(names) do
      local key = type(k) == 'string' and k:match('^[%a_][%w_]*$') or '[' .. to_text(k, false, open) .. ']'
      parts[#parts + 1] = key .. '=' .. to_text(t[k], false, open)
   end
   open[t] = nil
   return '{' .. table.concat(parts, newline and ',\n ' or ', ') .. '}'
end

--- xlua.table2string(t [, newline = false]) -> string: text of a table, nested ones included; newline puts each entry on
-- a line of its own.
--
-- > xlua.table2string{1, 2}
-- {1, 2}
function M.table2string(t, newline)
   return to_text(t, newline, {})
end

-- Variables -----------------------------------------------------------------------------------------------

--- xlua.who(): lists the user's global variables.
local function who() return require 'xlua.who' end

--- xlua.clear(name): sets a global variable to nil and collects garbage.
function M.clear(name)
   rawset(_G, name, nil)
   collectgarbage()
   collectgarbage()
end

--- xlua.clearall(): clears all global variables of the user.
function M.clearall()
   for k in pairs(_G) do
      if not who().is_system(k) then rawset(_G, k, nil) end
   end
   collectgarbage()
   collectgarbage()
end

--- Lists the user's global variables.
function M.who() who().who() end

--- xlua.envparams(defaults) -> table: values for the fields of `defaults` from environment variables of the same names,
-- of the same types.
function M.envparams(defaults)
   local params = {}
   for name, default in pairs(defaults) do
      local text = os.getenv(name)
      local value = default
      if text ~= nil then
         if type(default) == 'number' then
            value = tonumber(text)
         elseif type(default) == 'boolean' then
            value = ({['true'] = true, t = true, ['1'] = true, ['false'] = false, f = false, ['0'] = false})[text]
         else
            value = text
         end
         if value == nil then
            error(("xlua.envparams: %s must be a %s, the environment says '%s'"):format(name, type(default), text), 2)
         end
      end
      params[name] = value
   end
   return params
end

-- Errors and packages --------------------------------------------------------------------------------------

--- xlua.error(message [, domain, usage]): raises an error with a name in front (in red) and a usage text behind.
function M.error(message, domain, usage)
   local colors = sys.colors
   local text = domain and colors.red .. '<' .. domain .. '> ' .. colors.none or ''
   error(text .. message .. (usage and '\n' .. usage or ''), 2)
end
xerror = M.error

--- xlua.trycatch(f [, g]): calls f; should it fail, calls g, or prints the error where there is none.
--
-- > xlua.trycatch(function() error('no') end, function() print 'caught' end)
-- caught
function M.trycatch(f, g)
   local ok, err = pcall(f)
   if ok then return end
   if g then g(err) else raw_print(err) end
end

--- xlua.installed(name) -> boolean, path: whether there is a package of this name, and where.
--
-- > (xlua.installed('torch'))
-- true
function M.installed(name)
   if package.preload[name] then return true, 'package.preload' end
   for _, templates in ipairs {package.path, package.cpath} do
      local path = package.searchpath(name, templates)
      if path then return true, path end
   end
   return false
end

--- xlua.require(name) -> package: require that reports a failure instead of raising it; the package or false.
function M.require(name)
   local ok, result = pcall(require, name)
   if ok then return result end
   raw_print(result)
   raw_print('warning: <' .. name .. '> could not be loaded (is it installed?)')
   return false
end
xrequire = M.require

setmetatable(M, {__index = function(_, name)
   if name == 'OptionParser' or name == 'Profiler' then return require('xlua.' .. name) end
end})

return M
