--- TAB completion: names reachable from the text before the cursor, or file names inside a string.
-- Nothing is called on the way: fields are read raw, as evaluating half a line must have no effect.
local M = {}

local keywords = {
   'and', 'break', 'do', 'else', 'elseif', 'end', 'false', 'for', 'function', 'goto', 'if', 'in', 'local',
   'nil', 'not', 'or', 'repeat', 'return', 'then', 'true', 'until', 'while',
}

-- The table to look into for values of a type with a common metatable, e.g. strings.
local function metatable_of(v)
   local mt = debug.getmetatable(v)
   if type(mt) ~= 'table' then return nil end
   local public = rawget(mt, '__metatable')  -- a class behind its constructor table
   if type(public) ~= 'table' then return mt end
   require('luaT').define(public)  -- the one thing that is done: its file may not be loaded yet
   return public
end

--- Calls visit(t) for every table in which fields of v are looked up: v, its class, its parents.
-- visit returns true to stop.
local function each_scope(v, visit)
   require('luaT').now(v)
   for _ = 1, 20 do
      if type(v) == 'table' and visit(v) then return end
      local mt = metatable_of(v)
      if not mt or mt == v then return end
      local index = rawget(mt, '__index')
      if type(index) == 'table' and index ~= mt and index ~= v and visit(index) then return end
      v = mt
   end
end

-- Fields of a table that are made when they are read, such as nn.utils: a table with their names as keys.
local function late_fields(v)
   local mt = type(v) == 'table' and metatable_of(v)
   return mt and rawget(mt, '__names') or {}
end

local function raw_field(v, key)
   if late_fields(v)[key] then return v[key] end
   local found
   each_scope(v, function(t)
      found = rawget(t, key)
      return found ~= nil
   end)
   return found
end

--- Value of the expression path that `text` ends with ('net.modules[1].'), found without calling anything.
-- Returns ok, value; a text with no path gives the globals.
local function resolve(text)
   local steps = {}
   while true do
      local rest, name = text:match('^(.-)([%a_][%w_]*)%s*$')
      if name and not rest:match('[%w_]$') then
         table.insert(steps, 1, name)
         local before = rest:match('^(.-)[.:]%s*$')
         if not before or before:match('%.$') then break end
         text = before
      else
         local before, key = text:match('^(.-)%[%s*(%-?%d+)%s*%]%s*$')
         if not before then before, key = text:match('^(.-)%[%s*(["\'][^"\']*["\'])%s*%]%s*$') end
         if not before then return false end
         table.insert(steps, 1, tonumber(key) or key:sub(2, -2))
         text = before
      end
   end
   local value = _G
   for _, key in ipairs(steps) do
      value = raw_field(value, key)
      if value == nil then return false end
   end
   return true, value
end

-- What follows a completed name, by the type of its value.
local suffixes = {table = '.', ['function'] = '(', userdata = ':', cdata = '.'}

local function suffix(v)
   local mt = type(v) == 'table' and metatable_of(v)
   if mt and rawget(mt, '__typename') and v ~= mt then
      -- an object of a class is used through its methods; a constructor is called
      return rawget(debug.getmetatable(v), '__call') and rawget(debug.getmetatable(v), '__metatable') and '(' or ':'
   end
   return suffixes[type(v)] or ' '
end

-- The names of v's fields that begin with prefix -> what follows a completed one.
local function add_names(found, v, prefix, methods_only)
   for k in pairs(late_fields(v)) do
      if k:sub(1, #prefix) == prefix then found[k] = suffixes.table end
   end
   each_scope(v, function(t)
      for k, field in next, t do
         if type(k) == 'string' and k:sub(1, #prefix) == prefix and k:match('^[%a_][%w_]*$')
            and (k:sub(1, 1) ~= '_' or prefix:sub(1, 1) == '_')
            and (not methods_only or type(field) == 'function') and found[k] == nil then
            found[k] = suffix(field)
         end
      end
   end)
end

--- The same as a table of its own.
function M.fields(v, prefix, methods_only)
   local found = {}
   add_names(found, v, prefix, methods_only)
   return found
end

-- Is the end of text inside a string? Returns what has been typed of the string.
local function open_string(text)
   local i, n = 1, #text
   while i <= n do
      local c = text:sub(i, i)
      if c == '-' and text:sub(i, i + 1) == '--' then return nil end
      if c == '"' or c == "'" then
         local j = i + 1
         while j <= n and text:sub(j, j) ~= c do
            if text:sub(j, j) == '\\' then j = j + 1 end
            j = j + 1
         end
         if j > n then return text:sub(i + 1) end
         i = j
      end
      i = i + 1
   end
end

local function add_files(found, typed)
   local folder, prefix = typed:match('^(.*/)([^/]*)$')
   if not folder then folder, prefix = '', typed end
   local where = folder:gsub('^~', os.getenv('HOME') or '~', 1)
   local paths = require 'paths'
   for _, name in ipairs(paths.dir(where == '' and '.' or where) or {}) do
      if name ~= '.' and name ~= '..' and name:sub(1, #prefix) == prefix
         and (name:sub(1, 1) ~= '.' or prefix:sub(1, 1) == '.') then
         found[name] = paths.dirp(where .. name) and '/' or ''
      end
   end
   return prefix
end

--- Candidates for the word that ends at the cursor, before position `last` of a line.
-- Returns a sorted list and, where it has one entry, what to put behind it.
function M.complete(line, word, _, last)
   local text = line:sub(1, last)
   local found, typed = {}
   local in_string = open_string(text)
   if in_string then
      typed = add_files(found, in_string)
   else
      typed = text:match('[%w_]*$')
      local before = text:sub(1, #text - #typed)
      local path, dot = before:match('^(.-)([.:])%s*$')
      if path and not path:match('%.$') then
         local ok, value = resolve(path)
         if ok then add_names(found, value, typed, dot == ':') end
      else
         before = before:gsub('^%s*%?%s*', '')
         for _, k in ipairs(keywords) do
            if k:sub(1, #typed) == typed and (before ~= '' or typed ~= '') then found[k] = ' ' end
         end
         add_names(found, _G, typed)
      end
   end
   -- The editor's word may start later than ours (at a dot in a file name), or earlier.
   local skip = #typed - #word
   local ahead = skip < 0 and word:sub(1, -skip) or ''
   local list = {}
   for name in pairs(found) do list[#list + 1] = ahead .. name:sub(math.max(skip, 0) + 1) end
   table.sort(list)
   if #list ~= 1 then return list, '' end
   local _, append = next(found)
   return list, append
end

return M
