--- What an error tells: told(message) -> number of the argument (0 is self), set of names of it; or nothing.
return function(message)
   local text = tostring(message):match('^[^\n]*')
   local number, names = text:match(': argument #(%d+) %(([^)]*)%): ')
   if not number then
      names = text:match(': self %(([^)]*)%): ')
      number = names and 0
   end
   if not number then return nil, {} end
   local set = {}
   for name in names:gsub(' or ', ', '):gmatch('[^,%s]+') do set[name] = true end
   return tonumber(number), set
end
