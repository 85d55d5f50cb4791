-- Texts of ?image.name: how a function is called, from its forms, and the comment above it in its file.
local call = require 'image.call'
local parts = {'files', 'geometry', 'colours', 'filters', 'draw', 'display', 'samples', 'init'}

-- The comment of `name`: the last one before its definition, or else one that tells of it.
local function read_comments(path, comments)
   local block, open
   for line in io.lines(path) do
      local text = line:match('^%-%-%- (.*)$') or open and line:match('^%-%- ?(.*)$')
      if text then
         block = open and block or {}
         block[#block + 1], open = text, true
      else
         open = false
         local left = line:match('^(M%.[^=]*)=') or line:match('^function (%w+%.[%w_]+)') or line:match('^(image%.[%w_]+)')
         for name in (left or ''):gmatch('%.([%w_]+)') do comments[name] = comments[name] or block end
      end
      for name in (text or ''):gmatch('[%w_]+') do comments[#comments + 1] = {name, block} end
   end
end

local comments, texts = {}, {}
for _, part in ipairs(parts) do
   local path = package.searchpath('image.' .. part, package.path)
   if path then read_comments(path, comments) end
end
for _, mention in ipairs(comments) do comments[mention[1]] = comments[mention[1]] or mention[2] end
for name in pairs(image) do
   if comments[name] then
      local usage = call.usage(name)
      texts['image.' .. name] = (usage or 'image.' .. name) .. '\n\n' .. table.concat(comments[name], '\n')
   end
end
return texts
