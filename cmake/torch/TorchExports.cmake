# The libraries by the names that Torch7 packages link with.
include("${CMAKE_CURRENT_LIST_DIR}/../../../lib/cmake/TH/THConfig.cmake")
foreach(library TH luaT THNN)
  if(TARGET TH::${library} AND NOT TARGET ${library})
    add_library(${library} INTERFACE IMPORTED)
    set_target_properties(${library} PROPERTIES INTERFACE_LINK_LIBRARIES TH::${library})
  endif()
endforeach()
