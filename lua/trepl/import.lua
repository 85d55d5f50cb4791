--- require of files relative to the caller, and import of a package into the global table.
local raw_require = require('trepl.globals').raw_require

local M = {}

local loaded = {}  -- by path, so that './model' from two folders are two modules

local function exists(path)
   local f = io.open(path, 'r')
   if not f then return false end
   local is_file = f:read(0) ~= nil or f:seek('end') == 0  -- a folder can be opened, but not read
   f:close()
   return is_file
end

local function load_lua(path)
   local chunk, message = loadfile(path)
   if not chunk then error(message, 0) end
   return chunk
end

-- In the order they are tried.
local kinds = {
   {'', function(path) return path:match('%.lua$') and load_lua(path) end},
   {'.lua', load_lua},
   {'.th', function(path) return function() return torch.load(path) end end},
   {'.net', function(path) return function() return torch.load(path) end end},
   {'.json', function(path)
      return function()
         local f = assert(io.open(path))
         local text = f:read('*a')
         f:close()
         return raw_require('cjson').decode(text)
      end
   end},
   {'.csv', function(path) return function() return raw_require('csvigo').load(path) end end},
   {'.so', function(path, name)
      return assert(package.loadlib(path, 'luaopen_' .. name:match('([^/]*)$'):gsub('%W', '_')))
   end},
   {'/init.lua', load_lua},
}

local function caller_folder(level)
   local source = debug.getinfo(level + 1, 'S').source
   return source:match('^@(.*/)') or ''
end

--- Loads name ('./x', '../x') relative to the file of the function at `level`.
function M.require_relative(name, level)
   local base = caller_folder(level + 1) .. name:gsub('^%./', '')
   local tried = {}
   for _, kind in ipairs(kinds) do
      local path = base .. kind[1]
      if loaded[path] ~= nil then return loaded[path] end
      tried[#tried + 1] = "\n\tno file '" .. path .. "'"
      local loader = exists(path) and kind[2](path, name)
      if loader then
         local result = loader(name)
         if result == nil then result = true end
         loaded[path] = result
         return result
      end
   end
   error(("module '%s' not found:%s"):format(name, table.concat(tried)), level + 1)
end

--- The same of a plain name ('model', 'lib.model'), where it is found. Returns whether, and the module.
function M.require_beside(name, level)
   local path = name:gsub('%.', '/')
   local base = caller_folder(level + 1) .. path
   for _, kind in ipairs(kinds) do
      if kind[1] ~= '' and (loaded[base .. kind[1]] ~= nil or exists(base .. kind[1])) then
         local result = M.require_relative('./' .. path, level + 1)
         return true, result
      end
   end
   return false
end

--- Copies the fields of a package into the global table; what is there already stays, unless forced.
function M.import(package_name, forced)
   local ok, pkg = pcall(raw_require, package_name)
   if not ok then error(('import: %s'):format(pkg), 2) end
   if type(pkg) ~= 'table' then pkg = rawget(_G, package_name) end
   if type(pkg) ~= 'table' then
      error(("import: package '%s' has no table of functions to copy"):format(package_name), 2)
   end
   _torchimport = rawget(_G, '_torchimport') or {}
   local new = not _torchimport[package_name]
   _torchimport[package_name] = pkg
   for k, v in pairs(pkg) do
      if type(k) == 'string' and (rawget(_G, k) == nil or (forced and new)) then rawset(_G, k, v) end
   end
   return pkg
end

return M
