shapes = [ "circle" , { "side" : 2 , "points" : ( 3 , 4 ) } , "line" ]
