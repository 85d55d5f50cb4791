-- Errors of a package that is written in Lua, at the user's line: require('torch.checks')('data') has functions whose messages
-- begin with "data.NAME: ".
local C = require 'libtorch'

local function fits(v, types)
   for t in types:gmatch('[^|]+') do
      if t == 'any' or type(v) == t or (t == 'tensor' and torch.isTensor(v)) or (t == 'whole' and type(v) == 'number' and v % 1 == 0 and v >= 1)
         or (t == 'positive' and type(v) == 'number' and v > 0) then
         return true
      end
   end
   return false
end

local function words(types) return (types:gsub('whole', 'whole number from 1 on'):gsub('positive', 'number above 0'):gsub('|', ' or ')) end

local function sorted_keys(t)
   local list = {}
   for k in pairs(t) do list[#list + 1] = k end
   table.sort(list)
   return list
end

return function(name_of_package)
   local M, package = {}, name_of_package and name_of_package .. '.' or '' -- nil: functions of torch

   --- fail(name, message, ...): an error that is about no argument.
   function M.fail(name, message, ...)
      error(C.where() .. package .. name .. ': ' .. message:format(...), 0)
   end

   --- wrong(name, at, arg, message, ...): argument number `at`, called `arg`, is wrong.
   function M.wrong(name, at, arg, message, ...)
      require('torch.arguments').error(package .. name, at, arg, message, ...)
   end

   --- check(name, at, arg, types, v): v is of one of the types ('number|table'; whole: 1, 2, 3...; positive; any).
   function M.check(name, at, arg, types, v)
      if not fits(v, types) then
         M.wrong(name, at, arg, '%s expected, got %s', words(types), C.describe(v))
      end
      return v
   end

   --- options(name, at, known, given): a table of options, each of `known` (name -> types, with ! behind those that must be
   -- there), or nil. Returns a table.
   function M.options(name, at, known, given)
      given = given == nil and {} or M.check(name, at, 'options', 'table', given)
      for key in pairs(given) do
         if not known[key] then
            local meant = type(key) == 'string' and require('torch.nearest')(key, sorted_keys(known))
            M.wrong(name, at, 'options', "no option '%s'%s (options: %s)", tostring(key), meant and "; did you mean '" .. meant .. "'?" or '',
               table.concat(sorted_keys(known), ', '))
         end
      end
      for _, key in ipairs(sorted_keys(known)) do
         local types, needed = known[key]:gsub('!', '')
         local v = given[key]
         if v == nil and needed > 0 then M.wrong(name, at, 'options', '%s: %s expected, got nothing', key, words(types)) end
         if v ~= nil and not fits(v, types) then
            M.wrong(name, at, 'options', '%s: %s expected, got %s', key, words(types), C.describe(v))
         end
      end
      return given
   end
   return M
end
