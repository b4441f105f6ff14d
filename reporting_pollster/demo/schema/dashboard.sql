CREATE TABLE `rcallocation_allocationrequest` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `parent_request_id` int(11) DEFAULT NULL,
  `project_id` varchar(36) DEFAULT NULL,
  `project_name` varchar(200) DEFAULT NULL,
  `contact_email` varchar(75) NOT NULL,
  `approver_email` varchar(75) DEFAULT NULL,
  `status` varchar(1) NOT NULL,
  `submit_date` date NOT NULL,
  `start_date` date NOT NULL,
  `end_date` date NOT NULL,
  `modified_time` datetime NOT NULL,
  `field_of_research_1` varchar(6) DEFAULT NULL,
  `for_percentage_1` int(11) NOT NULL,
  `field_of_research_2` varchar(6) DEFAULT NULL,
  `for_percentage_2` int(11) NOT NULL,
  `field_of_research_3` varchar(6) DEFAULT NULL,
  `for_percentage_3` int(11) NOT NULL,
  `funding_national_percent` int(11) NOT NULL,
  `funding_node` varchar(128) DEFAULT NULL,
  PRIMARY KEY (`id`),
  KEY `parent_request_id` (`parent_request_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
CREATE TABLE `rcallocation_chiefinvestigator` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `allocation_id` int(11) NOT NULL,
  `title` varchar(60) DEFAULT NULL,
  `given_name` varchar(200) NOT NULL,
  `surname` varchar(200) NOT NULL,
  `email` varchar(75) NOT NULL,
  `institution` varchar(200) NOT NULL,
  PRIMARY KEY (`id`),
  KEY `allocation_id` (`allocation_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
