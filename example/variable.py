width = 7
height = 9
depth = 4
area = width * height
print(area)
