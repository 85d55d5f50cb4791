--- Functions that colour a text: require('trepl.colorize').red('stop').
local colors = require 'sys.terminal'

return setmetatable({}, {__index = function(_, name)
   if not colors.codes[name] then return nil end
   return function(text)
      return (colors[name] or '') .. tostring(text) .. colors.none
   end
end})
