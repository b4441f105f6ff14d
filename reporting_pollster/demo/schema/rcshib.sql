CREATE TABLE `user` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `persistent_id` varchar(250) DEFAULT NULL,
  `user_id` varchar(64) DEFAULT NULL,
  `displayname` varchar(250) DEFAULT NULL,
  `email` varchar(250) DEFAULT NULL,
  `mobile_number` varchar(64) DEFAULT NULL,
  `state` varchar(10) DEFAULT NULL,
  `shibboleth_attributes` blob DEFAULT NULL,
  PRIMARY KEY (`id`),
  KEY `user_id` (`user_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
